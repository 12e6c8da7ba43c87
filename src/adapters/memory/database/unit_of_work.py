"""Transactions over dictionaries."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from adapters.memory.database.api_keys import MemoryApiKeyReader, MemoryApiKeys
from adapters.memory.database.outbox import MemoryOutbox, MemoryOutboxReader
from adapters.memory.database.overdue_predictions import MemoryOverduePredictions
from adapters.memory.database.predictions import MemoryPredictionReader, MemoryPredictions
from adapters.memory.database.retention import MemoryRetention, MemoryRetentionReader
from adapters.memory.database.webhook_deliveries import MemoryWebhookDeliveries, MemoryWebhookDeliveryReader
from application.ports.database.unit_of_work import CommittedState, Transaction, UnitOfWork
from domain.access.api_key import ApiKey
from domain.prediction import Prediction
from domain.webhooks.webhook_delivery import WebhookDelivery

_Rows = dict[UUID, Prediction]
_Deliveries = dict[str, WebhookDelivery]
_Keys = dict[str, ApiKey]
_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


class MemoryTransaction(Transaction):
    """Works on copies of the dictionaries, which `commit` puts in the place of the originals.

    The predictions themselves need no copy here: those inside are never changed, only replaced.
    """

    def __init__(self, committed: _Rows, committed_deliveries: _Deliveries, committed_keys: _Keys) -> None:
        self._committed, self._committed_deliveries = committed, committed_deliveries
        self._committed_keys = committed_keys
        self._rows, self._deliveries, self._keys = dict(committed), dict(committed_deliveries), dict(committed_keys)
        webhook_deliveries = MemoryWebhookDeliveries(self._deliveries)
        self.predictions = MemoryPredictions(self._rows, webhook_deliveries)
        self.overdue = MemoryOverduePredictions(self._rows)
        self.outbox = MemoryOutbox(self._rows)
        self.webhook_deliveries = webhook_deliveries
        self.api_keys = MemoryApiKeys(self._keys)
        self.retention = MemoryRetention(self._rows, self._deliveries, self.predictions)

    def commit(self) -> None:
        _replace(self._committed, self._rows)
        _replace(self._committed_deliveries, self._deliveries)
        _replace(self._committed_keys, self._keys)


def _replace(committed: dict[_Key, _Row], rows: dict[_Key, _Row]) -> None:
    """Replace the content without a moment in which readers see it empty."""
    for key in committed.keys() - rows.keys():
        del committed[key]
    committed.update(rows)


class MemoryCommittedState(CommittedState):
    """The dictionaries as they were last committed."""

    def __init__(self, rows: _Rows, deliveries: _Deliveries, keys: _Keys) -> None:
        self.predictions = MemoryPredictionReader(rows)
        self.outbox = MemoryOutboxReader(rows)
        self.webhook_deliveries = MemoryWebhookDeliveryReader(deliveries)
        self.api_keys = MemoryApiKeyReader(keys)
        self.retention = MemoryRetentionReader(rows, deliveries)


class MemoryUnitOfWork(UnitOfWork):
    """One transaction at a time, as with one writing connection."""

    def __init__(self) -> None:
        self._rows: _Rows = {}
        self._deliveries: _Deliveries = {}
        self._keys: _Keys = {}
        self._writing = threading.Lock()

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        with self._writing:
            yield MemoryTransaction(self._rows, self._deliveries, self._keys)

    @contextmanager
    def read(self) -> Iterator[MemoryCommittedState]:
        yield MemoryCommittedState(self._rows, self._deliveries, self._keys)

    def all_predictions(self) -> list[Prediction]:
        """The committed predictions of all owners."""
        return list(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)
