"""Priority of predictions in the queue."""

from dataclasses import dataclass
from typing import ClassVar

from domain.errors import InvalidField


@dataclass(frozen=True, slots=True, order=True)
class Priority:
    """Level of a prediction, `MIN_LEVEL` to `MAX_LEVEL`: higher ones go first, the default has room on both sides."""

    level: int = 5

    MIN_LEVEL: ClassVar[int] = 0
    MAX_LEVEL: ClassVar[int] = 9

    def __post_init__(self) -> None:
        if not self.MIN_LEVEL <= self.level <= self.MAX_LEVEL:
            raise InvalidField("priority", f"priority is not between {self.MIN_LEVEL} and {self.MAX_LEVEL}.")


ORDINARY = Priority()
