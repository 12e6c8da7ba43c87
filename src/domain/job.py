"""Entry of the job queue."""

from dataclasses import dataclass
from uuid import UUID

from domain.image import ImageKey
from domain.priority import ORDINARY, Priority


@dataclass(frozen=True, slots=True)
class Job:
    """Job of classifying the picture of the prediction `uuid` with `model`; a higher priority is taken first."""

    uuid: UUID
    image: ImageKey
    model: str
    priority: Priority = ORDINARY
