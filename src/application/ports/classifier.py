"""The model."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from domain.classification import Classification
from domain.errors import InvalidInput


class Classifier(Protocol):
    """Finds the labels of pictures."""

    @abstractmethod
    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        """Classify encoded pictures, an outcome for each, in their order.

        A picture that cannot be decoded gets the error as its outcome and does no harm to the others.
        The outcome of a picture does not depend on which others it comes with.

        Returns:
            for each picture its `Classification.MAX_TOP_K` most probable labels (fewer when the model
            has fewer), or why it has none.
        """
        ...
