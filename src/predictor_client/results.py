"""Results of requests. Fields of an answer that this version does not know are ignored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

FINAL_STATUSES = frozenset({"succeeded", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Label:
    """A label and the model's confidence in it, 0 to 1."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Reason of a failed prediction: a stable name and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """State and result of the classification of one picture.

    Args:
        status: ``queued``, ``processing``, ``succeeded``, ``failed`` or ``canceled``.
        prediction: the most probable label; None until it is known.
        score: the model's confidence in it, 0 to 1.
        top: the most probable labels, best first.
        priority: 0 to 9; a higher one is classified first.
        error: reason of the failure; None unless it failed.
        attempts: number of times that an engine began to classify it.
        expires_at: time at which it fails if it is still queued; None without such a limit, and once it is final.
        cached: True if the result is that of an earlier submission of the same picture.
    """

    uuid: UUID
    name: str
    status: str
    prediction: str | None
    score: float | None
    top: tuple[Label, ...]
    model: str
    priority: int
    error: Failure | None
    attempts: int
    created_at: datetime
    expires_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    cached: bool = False

    @property
    def is_final(self) -> bool:
        """True if the status is final: it changes only if the prediction is retried."""
        return self.status in FINAL_STATUSES

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Prediction":
        """Parse the JSON object of a prediction.

        Raises:
            KeyError, TypeError or ValueError: a field is missing or has a wrong type or value.
        """
        error = content["error"]
        return cls(
            uuid=UUID(content["uuid"]),
            name=content["name"],
            status=content["status"],
            prediction=content["prediction"],
            score=content["score"],
            top=tuple(Label(entry["label"], entry["score"]) for entry in content["top"]),
            model=content["model"],
            priority=content["priority"],
            error=Failure(error["code"], error["message"]) if error else None,
            attempts=content["attempts"],
            created_at=datetime.fromisoformat(content["created_at"]),
            expires_at=_time(content["expires_at"]),
            started_at=_time(content["started_at"]),
            finished_at=_time(content["finished_at"]),
            cached=content.get("cached", False),
        )


@dataclass(frozen=True, slots=True)
class PredictionEvent:
    """Change of a prediction's state to `kind`; a stream resumes from its `id` after a lost connection."""

    kind: str
    prediction: Prediction
    id: str


@dataclass(frozen=True, slots=True)
class Health:
    """Readiness of the service.

    Args:
        checks: for each part ``ok`` or a sentence with the problem; empty without the scope ``admin``.
    """

    is_ready: bool
    checks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Queue:
    """Number of pictures that no worker has taken yet, and of workers, at one moment."""

    waiting: int
    workers: int


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
