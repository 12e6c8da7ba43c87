"""State of a prediction, reason of its failure and notice of its change."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID


class PredictionStatus(StrEnum):
    """State of a prediction; see `domain.prediction` for the transitions."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        return self not in (PredictionStatus.QUEUED, PredictionStatus.PROCESSING)


class ImageState(StrEnum):
    """State of a prediction's picture in the image store. It never goes back."""

    KEPT = "kept"
    DELETING = "deleting"
    DELETED = "deleted"

    @property
    def is_kept(self) -> bool:
        """True unless the picture is deleted, or is about to be."""
        return self is ImageState.KEPT


@dataclass(frozen=True, slots=True)
class Failure:
    """Reason of a failed prediction.

    Args:
        code: stable name for programs, at most `MAX_CODE_LENGTH` characters.
        message: one sentence for people, at most `MAX_MESSAGE_LENGTH` characters.
    """

    code: str
    message: str

    MAX_CODE_LENGTH: ClassVar[int] = 50
    MAX_MESSAGE_LENGTH: ClassVar[int] = 255


EXPIRED = Failure("expired", "No engine was free before it expired.")


@dataclass(frozen=True, slots=True)
class StateChange:
    """Notice of the new state of a prediction."""

    uuid: UUID
    status: PredictionStatus
