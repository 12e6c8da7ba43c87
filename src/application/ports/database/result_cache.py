"""The results of earlier predictions."""

from abc import abstractmethod
from typing import Protocol

from domain.access.owner import Owner
from domain.image import ImageHash
from domain.prediction import Prediction


class ResultCache(Protocol):
    """The results of the predictions, as far as the served version of a model gave them.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def serve(self, model: str, version: str) -> None:
        """Note that `version` is served under the name `model` from now on; results of others do not count any more."""

    @abstractmethod
    def find(self, owner: Owner, image: ImageHash, model: str, top_k: int) -> Prediction | None:
        """Find a prediction of the same picture by the served version of `model`, with `top_k` labels or more.

        Returns:
            a prediction of the owner that an engine classified, not one that reused a result; None where there is none.
        """
