"""States of a prediction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID


class PredictionStatus(StrEnum):
    """Where a prediction is on its way."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        return self not in (PredictionStatus.QUEUED, PredictionStatus.PROCESSING)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a prediction failed: a stable `code` for machines and a `message` for people."""

    code: str
    message: str

    MAX_CODE_LENGTH: ClassVar[int] = 50
    MAX_MESSAGE_LENGTH: ClassVar[int] = 255


EXPIRED = Failure("expired", "No engine was free before it expired.")


@dataclass(frozen=True, slots=True)
class StateChange:
    """News of a prediction: it is in this state now."""

    uuid: UUID
    status: PredictionStatus
