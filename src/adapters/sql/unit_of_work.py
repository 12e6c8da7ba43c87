"""Transactions in SQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from adapters.sql.api_keys import SQLApiKeyReader, SQLApiKeys
from adapters.sql.connections.database import Database
from adapters.sql.connections.errors import commit
from adapters.sql.outbox import SQLOutbox, SQLOutboxReader
from adapters.sql.overdue_predictions import SQLOverduePredictions
from adapters.sql.predictions import SQLPredictionReader, SQLPredictions
from adapters.sql.retention import SQLRetention, SQLRetentionReader
from adapters.sql.webhook_deliveries import SQLWebhookDeliveries, SQLWebhookDeliveryReader
from application.ports.database.unit_of_work import CommittedState, Transaction, UnitOfWork


class SQLTransaction(Transaction):
    """The transaction of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.predictions = SQLPredictions(connection)
        self.overdue = SQLOverduePredictions(connection)
        self.outbox = SQLOutbox(connection)
        self.webhook_deliveries = SQLWebhookDeliveries(connection)
        self.api_keys = SQLApiKeys(connection)
        self.retention = SQLRetention(connection)

    def commit(self) -> None:
        commit(self._connection)


class SQLCommittedState(CommittedState):
    """The committed state, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self.predictions = SQLPredictionReader(connection)
        self.outbox = SQLOutboxReader(connection)
        self.webhook_deliveries = SQLWebhookDeliveryReader(connection)
        self.api_keys = SQLApiKeyReader(connection)
        self.retention = SQLRetentionReader(connection)


class SQLUnitOfWork(UnitOfWork):
    """Transactions on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def begin(self) -> Iterator[SQLTransaction]:
        with self._database.write() as connection:
            yield SQLTransaction(connection)

    @contextmanager
    def read(self) -> Iterator[SQLCommittedState]:
        with self._database.read() as connection:
            yield SQLCommittedState(connection)
