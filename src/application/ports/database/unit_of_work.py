"""Transactions."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from typing import Protocol

from application.ports.database.outbox import Outbox
from application.ports.database.predictions import PredictionReader, Predictions
from application.ports.database.webhooks import Webhooks
from domain.errors import DatabaseUnavailable


class CommitUncertain(DatabaseUnavailable):
    """The database went away while it stored the prediction."""

    code = "commit_uncertain"


class Transaction(Protocol):
    """All or nothing: leaving it without `commit` undoes everything."""

    @property
    @abstractmethod
    def predictions(self) -> Predictions:
        """The predictions within this transaction."""
        ...

    @property
    @abstractmethod
    def outbox(self) -> Outbox:
        """The jobs that still have to reach the queue, within this transaction."""
        ...

    @property
    @abstractmethod
    def webhooks(self) -> Webhooks:
        """The deliveries to webhooks, within this transaction."""
        ...

    @abstractmethod
    def commit(self) -> None:
        """Make everything durable.

        Raises:
            CommitUncertain: the connection broke off meanwhile.
        """
        ...


class UnitOfWork(Protocol):
    """Opens a fresh transaction each time: ``with unit_of_work.begin() as tx: ...; tx.commit()``."""

    @abstractmethod
    def begin(self) -> AbstractContextManager[Transaction]:
        """A transaction that may write.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        ...

    @abstractmethod
    def read(self) -> AbstractContextManager[PredictionReader]:
        """The committed state, to be read without holding up any writer.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        ...
