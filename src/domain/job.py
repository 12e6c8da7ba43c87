"""Entry of the job queue."""

from dataclasses import dataclass
from uuid import UUID

from domain.image import ImageKey
from domain.priority import ORDINARY, Priority


@dataclass(frozen=True, slots=True)
class Job:
    """Job of classifying the picture of one prediction.

    Args:
        uuid: of the prediction.
        image: key of the picture in the image store.
        model: name of the model that is to classify it.
        priority: jobs of a higher level are taken first.
    """

    uuid: UUID
    image: ImageKey
    model: str
    priority: Priority = ORDINARY
