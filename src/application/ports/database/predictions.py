"""The predictions in the database."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.access.owner import Owner
from domain.idempotency import IdempotencyKey
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus


class OwnedUuid(NamedTuple):
    """The uuid of a prediction, and the owner that it is to have."""

    owner: Owner
    uuid: UUID


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter of predictions.

    Args:
        owner: only those of this owner.
        status: only those with this status; None for any.
        model: only those of the model with this name; None for any.
    """

    owner: Owner
    status: PredictionStatus | None = None
    model: str | None = None


class PredictionExists(ValueError):
    """There is a prediction with this uuid or, of the same owner, with this Idempotency-Key already."""


class IdempotencyKeyTaken(PredictionExists):
    """There is a prediction of the same owner with this Idempotency-Key already."""


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
            IdempotencyKeyTaken: another one of its owner has the key of one of them. The transaction has to be left.
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

    A prediction of another owner is like one that does not exist. The owner has no default, so that nobody forgets it.
    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def get(self, owner: Owner, uuid: UUID) -> Prediction:
        """Get the prediction of the owner with this uuid.

        Raises:
            PredictionNotFound: there is none.
        """

    @abstractmethod
    def get_of_any_owner(self, uuid: UUID) -> Prediction:
        """Get the prediction with this uuid, for work that the service does by itself.

        Raises:
            PredictionNotFound: there is none.
        """

    @abstractmethod
    def get_many(self, wanted: Collection[OwnedUuid]) -> list[Prediction]:
        """Get predictions of several owners, each once, in no particular order; unknown ones are left out.

        An empty collection sends nothing to the database.
        """

    @abstractmethod
    def has_any(self) -> bool:
        """True if there is a prediction, of any owner."""

    @abstractmethod
    def find(self, owner: Owner, key: IdempotencyKey) -> Prediction | None:
        """Find the prediction that the owner submitted with this key; None where there is none."""

    @abstractmethod
    def newest(self, selection: Selection, before: UUID | None, limit: int) -> list[Prediction]:
        """List at most `limit` of the selected predictions, the newest first, in the order of their uuids.

        Args:
            selection: filter.
            before: only those with smaller uuids; None begins with the newest of all.
            limit: maximum number of predictions.
        """
