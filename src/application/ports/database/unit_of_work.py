"""Transactions."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from typing import Protocol

from application.ports.database.api_keys import ApiKeyReader, ApiKeys
from application.ports.database.outbox import Outbox, OutboxReader
from application.ports.database.overdue_predictions import OverduePredictions
from application.ports.database.predictions import PredictionReader, Predictions
from application.ports.database.retention import Retention, RetentionReader
from application.ports.database.webhook_deliveries import WebhookDeliveries, WebhookDeliveryReader
from domain.errors import DatabaseUnavailable


class CommitUncertain(DatabaseUnavailable):
    """The database went away while it stored the prediction."""

    code = "commit_uncertain"


class TransactionAborted(DatabaseUnavailable):
    """The database ended the transaction and kept nothing of it, so that it is safe to repeat."""

    code = "transaction_aborted"


class Transaction(Protocol):
    """Changes of which all or none take effect: leaving it without `commit` undoes everything.

    Attributes:
        predictions: the predictions, to be inserted, changed and deleted.
        overdue: the predictions whose time is over.
        outbox: the jobs that still have to reach the queue.
        webhook_deliveries: the deliveries to webhooks.
        api_keys: the API keys.
        retention: deletion of what is old.
    """

    predictions: Predictions
    overdue: OverduePredictions
    outbox: Outbox
    webhook_deliveries: WebhookDeliveries
    api_keys: ApiKeys
    retention: Retention

    @abstractmethod
    def commit(self) -> None:
        """Make everything durable.

        Raises:
            CommitUncertain: the connection broke off meanwhile, and it is unknown whether it took effect.
        """


class CommittedState(Protocol):
    """The last committed state, read without locks.

    Attributes:
        predictions: the predictions.
        outbox: the jobs that still have to reach the queue.
        webhook_deliveries: the deliveries to webhooks.
        api_keys: the API keys.
        retention: what is old.
    """

    predictions: PredictionReader
    outbox: OutboxReader
    webhook_deliveries: WebhookDeliveryReader
    api_keys: ApiKeyReader
    retention: RetentionReader


class UnitOfWork(Protocol):
    """Opens a fresh transaction each time: ``with unit_of_work.begin() as tx: ...; tx.commit()``.

    Beginning, and every method within, may raise `DatabaseUnavailable`; within also `TransactionAborted`, as when two
    transactions wait for each other.
    """

    @abstractmethod
    def begin(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that may write."""

    @abstractmethod
    def read(self) -> AbstractContextManager[CommittedState]:
        """Read the committed state, without holding up any writer."""
