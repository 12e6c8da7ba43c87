"""Transactions over a dictionary."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from adapters.memory.webhooks import MemoryWebhooks
from application.ports.database.outbox import Outbox
from application.ports.database.predictions import IdempotencyKeyTaken, PredictionReader, Predictions, Selection
from application.ports.database.unit_of_work import Transaction, UnitOfWork
from domain.errors import PredictionNotFound
from domain.idempotency import IdempotencyKey
from domain.job import Job
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from domain.webhooks.webhook_delivery import WebhookDelivery

_Rows = dict[UUID, Prediction]
_Deliveries = dict[str, WebhookDelivery]
_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


class MemoryPredictions(Predictions, PredictionReader):
    """The predictions in a dictionary; what goes in and out is copied, as a database does."""

    def __init__(self, rows: _Rows, webhooks: MemoryWebhooks) -> None:
        self._rows = rows
        self._webhooks = webhooks

    def add(self, prediction: Prediction) -> None:
        if prediction.uuid in self._rows:
            raise ValueError("there is a prediction with this uuid already")
        if prediction.idempotency and self.find(prediction.idempotency.key):
            raise IdempotencyKeyTaken
        self._rows[prediction.uuid] = deepcopy(prediction)
        self._webhooks.add_for([prediction])

    def get(self, uuid: UUID) -> Prediction:
        try:
            return deepcopy(self._rows[uuid])
        except KeyError:
            raise PredictionNotFound from None

    def find(self, key: IdempotencyKey) -> Prediction | None:
        having = (p for p in self._rows.values() if p.idempotency and p.idempotency.key == key)
        return deepcopy(next(having, None))

    def get_many(self, uuids: Sequence[UUID]) -> list[Prediction]:
        return self.lock(uuids)

    def lock(self, uuids: Sequence[UUID]) -> list[Prediction]:
        return [deepcopy(self._rows[uuid]) for uuid in dict.fromkeys(uuids) if uuid in self._rows]

    def lock_stalled(self, before: datetime, limit: int) -> list[Prediction]:
        overdue = [
            (p.due_at, p)
            for p in self._rows.values()
            if p.status is PredictionStatus.PROCESSING and p.due_at is not None and p.due_at <= before
        ]
        return [deepcopy(p) for _, p in sorted(overdue, key=lambda entry: entry[0])[:limit]]

    def lock_expired(self, before: datetime, limit: int) -> list[Prediction]:
        expired = [(p.expires_at, p) for p in self._rows.values() if p.expires_at and p.is_expired_at(before)]
        return [deepcopy(p) for _, p in sorted(expired, key=lambda entry: entry[0])[:limit]]

    def save(self, predictions: Sequence[Prediction]) -> None:
        for prediction in predictions:
            self._rows[prediction.uuid] = deepcopy(prediction)
        self._webhooks.add_for(predictions)

    def deliveries(self, uuid: UUID) -> list[WebhookDelivery]:
        return self._webhooks.of(uuid)

    def delete(self, uuid: UUID) -> None:
        self._rows.pop(uuid, None)
        self._webhooks.forget(uuid)

    def newest(self, selection: Selection, before: UUID | None, limit: int) -> list[Prediction]:
        selected = [
            p
            for p in list(self._rows.values())
            if selection.status in (None, p.status)
            and selection.model in (None, p.model)
            and (before is None or p.uuid < before)
        ]
        return deepcopy(sorted(selected, key=lambda p: p.uuid, reverse=True)[:limit])


class MemoryOutbox(Outbox):
    """The outbox in the same dictionary."""

    def __init__(self, rows: _Rows) -> None:
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
        self._rows.update({p.uuid: replace(p, published_at=at) for p in marked if _is_queued(p)})

    def forget_published(self, before: datetime, limit: int, due_at: datetime) -> int:
        published = [(p.published_at, p.uuid) for p in self._rows.values() if _is_queued(p) and p.published_at]
        old = [uuid for at, uuid in sorted(published) if at <= before][:limit]
        self._rows.update({uuid: replace(self._rows[uuid], published_at=None, due_at=due_at) for uuid in old})
        return len(old)


def _is_queued(prediction: Prediction) -> bool:
    return prediction.status is PredictionStatus.QUEUED


class MemoryTransaction(Transaction):
    """Works on a copy, which `commit` puts in the place of the original.

    The predictions themselves need no copy here: those inside are never changed, only replaced.
    """

    def __init__(self, committed: _Rows, committed_deliveries: _Deliveries) -> None:
        self._committed, self._committed_deliveries = committed, committed_deliveries
        self._rows, self._deliveries = dict(committed), dict(committed_deliveries)
        self._webhooks = MemoryWebhooks(self._deliveries)
        self._predictions = MemoryPredictions(self._rows, self._webhooks)
        self._outbox = MemoryOutbox(self._rows)

    @property
    def predictions(self) -> MemoryPredictions:
        return self._predictions

    @property
    def outbox(self) -> MemoryOutbox:
        return self._outbox

    @property
    def webhooks(self) -> MemoryWebhooks:
        return self._webhooks

    def commit(self) -> None:
        _replace(self._committed, self._rows)
        _replace(self._committed_deliveries, self._deliveries)


def _replace(committed: dict[_Key, _Row], rows: dict[_Key, _Row]) -> None:
    """Readers look on meanwhile, so it is never empty in between."""
    for key in committed.keys() - rows.keys():
        del committed[key]
    committed.update(rows)


class MemoryUnitOfWork(UnitOfWork):
    """One transaction at a time, as with one writing connection."""

    def __init__(self) -> None:
        self._rows: _Rows = {}
        self._deliveries: _Deliveries = {}
        self._writing = threading.Lock()

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        with self._writing:
            yield MemoryTransaction(self._rows, self._deliveries)

    @contextmanager
    def read(self) -> Iterator[MemoryPredictions]:
        yield MemoryPredictions(self._rows, MemoryWebhooks(self._deliveries))

    def __len__(self) -> int:
        return len(self._rows)
