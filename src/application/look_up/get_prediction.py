"""Look predictions up."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.ports.database.unit_of_work import UnitOfWork
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class GetPrediction:
    """Get a prediction by its uuid.

    `prediction` is null until the label is known; `status` says how far it is. A uuid that was never given
    out is not found, rather than forever queued.
    """

    unit_of_work: UnitOfWork

    def execute(self, uuids: Sequence[UUID]) -> list[Prediction]:
        """The predictions with these uuids as they were last committed, in no particular order.

        Returns:
            those that exist; unknown ones are left out.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        if not uuids:
            return []
        with self.unit_of_work.read() as committed:
            return committed.predictions.get_many(uuids)
