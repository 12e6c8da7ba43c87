"""The job of classifying one picture, as it travels in the queue."""

from dataclasses import dataclass
from uuid import UUID

from domain.image import ImageKey
from domain.priority import ORDINARY, Priority


@dataclass(frozen=True, slots=True)
class Job:
    """What travels in the queue: whose picture, where it lies, which model it is for, and how urgent it is."""

    uuid: UUID
    image: ImageKey
    model: str
    priority: Priority = ORDINARY
