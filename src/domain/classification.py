"""Result of classifying a picture: labels with their scores."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ScoredLabel:
    """A label and its score.

    Args:
        label: a category of the model, such as ``"dogsled"``; 1 to `MAX_LABEL_LENGTH` characters.
        score: probability after softmax, 0 to 1.
    """

    label: str
    score: float

    MAX_LABEL_LENGTH: ClassVar[int] = 50

    def __post_init__(self) -> None:
        if not 0 < len(self.label) <= self.MAX_LABEL_LENGTH:
            raise ValueError(f"a label has 1 to {self.MAX_LABEL_LENGTH} characters")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError("a score lies between 0 and 1")


@dataclass(frozen=True, slots=True)
class Classification:
    """The 1 to `MAX_TOP_K` most probable labels of one picture, in order of falling score."""

    top: tuple[ScoredLabel, ...]

    MAX_TOP_K: ClassVar[int] = 20
    DEFAULT_TOP_K: ClassVar[int] = 5

    def __post_init__(self) -> None:
        if not 0 < len(self.top) <= self.MAX_TOP_K:
            raise ValueError(f"a classification has 1 to {self.MAX_TOP_K} labels")
        scores = [entry.score for entry in self.top]
        if scores != sorted(scores, reverse=True):
            raise ValueError("the labels of a classification come in order of falling score")

    @property
    def best(self) -> ScoredLabel:
        """The most probable label."""
        return self.top[0]

    def limited_to(self, top_k: int) -> "Classification":
        """The first `top_k` labels; all of them if there are fewer."""
        return Classification(self.top[:top_k])
