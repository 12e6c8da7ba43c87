"""Classifier with given answers."""

from collections.abc import Mapping, Sequence

from application.ports.classifier import Classifier
from domain.classification import Classification, ScoredLabel
from domain.errors import InvalidInput, UndecodableImage

Answer = Classification | InvalidInput | Exception


class MemoryClassifier(Classifier):
    """Returns the given answers; all other pictures count as undecodable.

    An answer that is an exception other than `InvalidInput` is raised for the whole batch, like the error of a runtime
    that fails on a picture. `batches` records the sizes of the batches.
    """

    def __init__(self, answers: Mapping[bytes, Answer]) -> None:
        self._answers = dict(answers)
        self.batches: list[int] = []

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        if images:
            self.batches.append(len(images))
        return [self._answer(image) for image in images]

    def _answer(self, image: bytes) -> Classification | InvalidInput:
        answer = self._answers.get(image, UndecodableImage())
        if isinstance(answer, Classification | InvalidInput):
            return answer
        raise answer


def labels(*names: str) -> Classification:
    """Classification with these labels in this order, with the scores 1/2, 1/4, ..."""
    return Classification(tuple(ScoredLabel(name, 0.5 ** (i + 1)) for i, name in enumerate(names)))
