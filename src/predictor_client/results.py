"""What the service tells, as values. Fields that this version does not know are passed over."""

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
    """Why a prediction failed: a stable name for machines and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A picture on its way to its label.

    Args:
        status: ``queued``, ``processing``, ``succeeded``, ``failed`` or ``canceled``.
        prediction: the most probable label; None until it is known.
        score: the model's confidence in it, 0 to 1.
        top: the most probable labels, the best first.
        priority: how urgent it is, 0 to 9.
        attempts: how often an engine took it up.
        expires_at: still queued then, it fails; None when it waits, and once it is final.
        cached: the answer is that of an earlier, equal picture.
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
        """Whether its state will not change any more, unless somebody retries it."""
        return self.status in FINAL_STATUSES

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Prediction":
        """The prediction in a body of the service.

        Raises:
            KeyError, TypeError or ValueError: it is not one.
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
    """A change of a prediction's state, with the prediction as it then was.

    Args:
        kind: the status that it went to.
        id: names the event to the service, which goes on behind it after a lost connection.
    """

    kind: str
    prediction: Prediction
    id: str


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service can do its work.

    Args:
        checks: each part with ``ok`` or what is the matter with it.
    """

    is_ready: bool
    checks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue at one moment.

    Args:
        waiting: pictures that no worker has taken yet.
        workers: how many take pictures from it.
    """

    waiting: int
    workers: int


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
