"""Classifier with given answers."""

from collections.abc import Mapping, Sequence

from application.ports.classifier import Classifier
from domain.classification import Classification, ScoredLabel
from domain.errors import InvalidInput, UndecodableImage

Answer = Classification | InvalidInput | Exception | None


class MemoryClassifier(Classifier):
    """Returns the given answers; all other pictures count as undecodable.

    None is a picture that could not be finished. An answer that is an exception other than `InvalidInput` is raised for
    the whole batch, like the error of a runtime that fails on a picture. `batches` records the sizes of the batches.
    """

    def __init__(self, answers: Mapping[bytes, Answer]) -> None:
        self._answers = dict(answers)
        self.batches: list[int] = []

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        if images:
            self.batches.append(len(images))
        return [self._answer(image) for image in images]

    def _answer(self, image: bytes) -> Classification | InvalidInput | None:
        answer = self._answers.get(image, UndecodableImage())
        if isinstance(answer, Exception) and not isinstance(answer, InvalidInput):
            raise answer
        return answer


def labels(*names: str) -> Classification:
    """Classification with these labels in this order, with the scores 1/2, 1/4, ..."""
    return Classification(tuple(ScoredLabel(name, 0.5 ** (i + 1)) for i, name in enumerate(names)))
