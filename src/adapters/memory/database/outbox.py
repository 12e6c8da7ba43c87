"""The outbox in a dictionary of predictions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from application.ports.database.outbox import Outbox, OutboxReader, OwnedJob, Turn
from application.turns.dealing import deal
from domain.access.owner import Owner
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from domain.priority import Priority


class MemoryOutbox(Outbox):
    """The queued predictions of a dictionary."""

    def __init__(self, rows: dict[UUID, Prediction]) -> None:
        self._rows = rows

    def take_unpublished(self, turn: Turn, before: datetime, limit: int, again_at: datetime) -> list[OwnedJob]:
        unpublished = (p for p in self._rows.values() if _is_unpublished(p, before) and p.priority in turn.priorities)
        due: dict[Owner, list[Prediction]] = {}
        for prediction in sorted(unpublished, key=_urgency):
            due.setdefault(prediction.owner, []).append(prediction)
        after = turn.after.name if turn.after else ""
        owners = sorted(due, key=lambda owner: (owner.name <= after, owner.name))

        def take(owner: Owner, share: int) -> list[Prediction]:
            taken, due[owner] = due[owner][:share], due[owner][share:]
            return taken

        taken = deal(owners, limit, take)
        self._rows.update({p.uuid: replace(p, due_at=again_at) for p in taken})
        return [OwnedJob(p.owner, p.job) for p in taken]

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


class MemoryOutboxReader(OutboxReader):
    """The committed predictions of a dictionary."""

    def __init__(self, rows: dict[UUID, Prediction]) -> None:
        self._rows = rows

    def priorities(self, before: datetime) -> set[Priority]:
        return {p.priority for p in list(self._rows.values()) if _is_unpublished(p, before)}

    def count(self, before: datetime) -> int:
        return sum(_is_unpublished(p, before) for p in list(self._rows.values()))


def _urgency(prediction: Prediction) -> tuple[int, datetime, UUID]:
    assert prediction.due_at is not None  # it is queued
    return -prediction.priority.level, prediction.due_at, prediction.uuid


def _is_unpublished(prediction: Prediction, before: datetime) -> bool:
    due_at = prediction.due_at
    return _is_queued(prediction) and prediction.published_at is None and due_at is not None and due_at <= before


def _earlier(due_at: datetime | None, at: datetime) -> datetime | None:
    return due_at and min(due_at, at)


def _is_queued(prediction: Prediction) -> bool:
    return prediction.status is PredictionStatus.QUEUED
