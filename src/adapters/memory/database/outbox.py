"""The outbox in a dictionary of predictions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from application.ports.database.outbox import Outbox
from domain.job import Job
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from domain.priority import Priority


class MemoryOutbox(Outbox):
    """The queued predictions of a dictionary."""

    def __init__(self, rows: dict[UUID, Prediction]) -> None:
        self._rows = rows

    def take_unpublished(self, before: datetime, limit: int, again_at: datetime) -> list[Job]:
        due = [
            (p.due_at, p.uuid)
            for p in self._rows.values()
            if _is_queued(p) and p.published_at is None and p.due_at is not None and p.due_at <= before
        ]
        taken = [replace(self._rows[uuid], due_at=again_at) for _, uuid in sorted(due)[:limit]]
        self._rows.update({p.uuid: p for p in taken})
        return [p.job for p in taken]

    def mark_published(self, uuids: Sequence[UUID], at: datetime) -> None:
        marked = [self._rows[uuid] for uuid in uuids if uuid in self._rows]
        published = [replace(p, published_at=at, due_at=_earlier(p.due_at, at)) for p in marked if _is_queued(p)]
        self._rows.update({p.uuid: p for p in published})

    def forget_published(self, priorities: Sequence[Priority], before: datetime, limit: int, due_at: datetime) -> int:
        published = [p for p in self._rows.values() if _is_queued(p) and p.published_at and p.published_at <= before]
        old = sorted((-p.priority.level, p.due_at, p.uuid) for p in published if p.due_at and p.priority in priorities)[
            :limit
        ]
        forgotten = [replace(self._rows[uuid], published_at=None, due_at=due_at) for *_, uuid in old]
        self._rows.update({p.uuid: p for p in forgotten})
        return len(forgotten)


def _earlier(due_at: datetime | None, at: datetime) -> datetime | None:
    return due_at and min(due_at, at)


def _is_queued(prediction: Prediction) -> bool:
    return prediction.status is PredictionStatus.QUEUED
