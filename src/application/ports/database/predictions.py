"""The predictions, as they are kept."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.idempotency import IdempotencyKey
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from domain.webhooks.webhook_delivery import WebhookDelivery


@dataclass(frozen=True, slots=True)
class Selection:
    """Which predictions are meant: all of them, or those with this status, of this model."""

    status: PredictionStatus | None = None
    model: str | None = None


class IdempotencyKeyTaken(ValueError):
    """There is a prediction with this idempotency key already."""


class Predictions(Protocol):
    """The predictions within one transaction. What `lock` returns nobody else changes until it ends.

    A prediction that is kept in a final state of which its webhook wants to be told has its delivery from then on, due
    at once and within the same transaction (`delivery_of`). Keeping it again adds no second one.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def add(self, prediction: Prediction) -> None:
        """Keep a new prediction.

        Raises:
            IdempotencyKeyTaken: another one has its key; nothing was changed.
        """
        ...

    @abstractmethod
    def lock(self, uuids: Sequence[UUID]) -> list[Prediction]:
        """The predictions with these uuids, in this order, each once; unknown ones are left out."""
        ...

    @abstractmethod
    def lock_stalled(self, before: datetime, limit: int) -> list[Prediction]:
        """At most `limit` predictions whose lease ran out at `before` or earlier, the longest overdue first.

        Those that another transaction holds are left out rather than waited for, where the database can.
        """
        ...

    @abstractmethod
    def lock_expired(self, before: datetime, limit: int) -> list[Prediction]:
        """At most `limit` queued predictions that expired at `before` or earlier, the longest expired first.

        Those that another transaction holds are left out rather than waited for, where the database can.
        """
        ...

    @abstractmethod
    def save(self, predictions: Sequence[Prediction]) -> None:
        """Keep the new state of predictions that this transaction has locked."""
        ...

    @abstractmethod
    def delete(self, uuid: UUID) -> None:
        """Forget the prediction with this uuid; nothing happens when there is none."""
        ...


class PredictionReader(Protocol):
    """The predictions for reading: the last committed state, without locks.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def get(self, uuid: UUID) -> Prediction:
        """The prediction with this uuid.

        Raises:
            PredictionNotFound: there is none.
        """
        ...

    @abstractmethod
    def get_many(self, uuids: Sequence[UUID]) -> list[Prediction]:
        """The predictions with these uuids, each once, in no particular order; unknown ones are left out."""
        ...

    @abstractmethod
    def find(self, key: IdempotencyKey) -> Prediction | None:
        """The prediction that was submitted with this key; None where there is none."""
        ...

    @abstractmethod
    def deliveries(self, uuid: UUID) -> list[WebhookDelivery]:
        """The deliveries to the webhook of the prediction with this uuid, the oldest first; none where there is none.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        ...

    @abstractmethod
    def newest(self, selection: Selection, before: UUID | None, limit: int) -> list[Prediction]:
        """At most `limit` of the selected predictions, the newest first, as their time-ordered uuids tell.

        Args:
            before: only those with smaller uuids; None begins with the newest of all.
        """
        ...
