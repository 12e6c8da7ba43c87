"""The predictions in the database."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.idempotency import IdempotencyKey
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter of predictions.

    Args:
        status: only those with this status; None for any.
        model: only those of the model with this name; None for any.
    """

    status: PredictionStatus | None = None
    model: str | None = None


class PredictionExists(ValueError):
    """There is a prediction with this uuid or Idempotency-Key already."""


class IdempotencyKeyTaken(PredictionExists):
    """There is a prediction with this Idempotency-Key already."""


class Predictions(Protocol):
    """The predictions within one transaction. No other transaction changes a locked one until this one ends.

    A prediction that is inserted or saved in a final state that its webhook wants to be told has its delivery from then
    on, due at once and within the same transaction (`delivery_of`). Saving it again adds no second one.

    An empty sequence sends nothing to the database. Every method raises `DatabaseUnavailable` where the database cannot
    be reached.
    """

    @abstractmethod
    def add(self, predictions: Sequence[Prediction]) -> None:
        """Insert new predictions, all in one statement.

        Raises:
            IdempotencyKeyTaken: another prediction has the key of one of them. The transaction has to be left.
            PredictionExists: another prediction has the uuid of one of them. The transaction has to be left.
        """

    @abstractmethod
    def lock(self, uuids: Sequence[UUID]) -> list[Prediction]:
        """Lock the predictions with these uuids, in this order, each once; unknown ones are left out."""

    @abstractmethod
    def save(self, predictions: Sequence[Prediction]) -> None:
        """Save the new state of predictions that this transaction has locked."""

    @abstractmethod
    def delete(self, uuid: UUID) -> None:
        """Delete the prediction with this uuid; nothing happens when there is none."""


class PredictionReader(Protocol):
    """The predictions for reading: the last committed state, without locks.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def get(self, uuid: UUID) -> Prediction:
        """Get the prediction with this uuid.

        Raises:
            PredictionNotFound: there is none.
        """

    @abstractmethod
    def get_many(self, uuids: Sequence[UUID]) -> list[Prediction]:
        """Get the predictions with these uuids, each once, in no particular order; unknown ones are left out.

        An empty sequence sends nothing to the database.
        """

    @abstractmethod
    def find(self, key: IdempotencyKey) -> Prediction | None:
        """Find the prediction that was submitted with this key; None where there is none."""

    @abstractmethod
    def newest(self, selection: Selection, before: UUID | None, limit: int) -> list[Prediction]:
        """List at most `limit` of the selected predictions, the newest first, in the order of their uuids.

        Args:
            selection: filter.
            before: only those with smaller uuids; None begins with the newest of all.
            limit: maximum number of predictions.
        """
