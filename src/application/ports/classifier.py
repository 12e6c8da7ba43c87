"""Port of the image classification model."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from domain.classification import Classification
from domain.errors import InvalidInput


class Classifier(Protocol):
    """Image classification model."""

    @abstractmethod
    def classify(self, images: Sequence[bytes]) -> Sequence[Classification | InvalidInput | None]:
        """Classify a batch of encoded pictures.

        The result of a picture does not depend on the others of the batch. A picture that cannot be decoded gets the
        error as its result; the others are classified all the same.

        Returns:
            for each picture, in order, its `Classification.MAX_TOP_K` most probable labels (fewer if the model has
            fewer), or the error; None for one that could not be finished for a reason that lies with the system.

        Raises:
            Unavailable: the model cannot run at the moment.
            MemoryError: there is not enough memory for these pictures.
        """
