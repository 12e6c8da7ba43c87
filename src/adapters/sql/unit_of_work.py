"""Transactions in SQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from adapters.sql.connections.database import Database
from adapters.sql.connections.errors import committed
from adapters.sql.outbox import SQLOutbox
from adapters.sql.predictions import SQLPredictions
from adapters.sql.webhooks import SQLWebhooks
from application.ports.database.unit_of_work import Transaction, UnitOfWork


class SQLTransaction(Transaction):
    """One connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._predictions = SQLPredictions(connection)
        self._outbox = SQLOutbox(connection)
        self._webhooks = SQLWebhooks(connection)

    @property
    def predictions(self) -> SQLPredictions:
        return self._predictions

    @property
    def outbox(self) -> SQLOutbox:
        return self._outbox

    @property
    def webhooks(self) -> SQLWebhooks:
        return self._webhooks

    def commit(self) -> None:
        with committed():
            self._connection.commit()


class SQLUnitOfWork(UnitOfWork):
    """Transactions on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def begin(self) -> Iterator[SQLTransaction]:
        with self._database.write() as connection:
            yield SQLTransaction(connection)

    @contextmanager
    def read(self) -> Iterator[SQLPredictions]:
        with self._database.read() as connection:
            yield SQLPredictions(connection)
