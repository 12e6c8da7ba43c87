"""What pictures were classified as before."""

from abc import abstractmethod
from typing import Protocol

from domain.image import ImageHash
from domain.prediction import Prediction


class ResultCache(Protocol):
    """The results that are kept with the predictions, as long as the model that gave them is the one that is served.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def serve(self, model: str, version: str) -> None:
        """From now on `version` is the one that is served under the name `model`; results of others do not count."""
        ...

    @abstractmethod
    def find(self, image: ImageHash, model: str, top_k: int) -> Prediction | None:
        """A prediction of the same picture by the served version of `model`, with `top_k` labels or more.

        Returns:
            one that an engine worked out, rather than one that has its result from another; None where there is none.
        """
        ...
