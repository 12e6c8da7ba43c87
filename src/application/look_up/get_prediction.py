"""Get predictions by their uuids."""

from collections.abc import Collection
from dataclasses import dataclass

from application.ports.database.predictions import OwnedUuid
from application.ports.database.unit_of_work import UnitOfWork
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class GetPrediction:
    """Get a prediction by its uuid.

    `prediction` is null until the label is known; `status` is the current state. A uuid that the service never gave
    out is not found; it is not reported as queued.
    """

    unit_of_work: UnitOfWork

    def execute(self, wanted: Collection[OwnedUuid]) -> list[Prediction]:
        """Get predictions of several owners in their last committed state.

        Returns:
            the existing predictions in no particular order; unknown ones, and those of another owner, are left out.
        """
        if not wanted:
            return []
        with self.unit_of_work.read() as committed:
            return committed.predictions.get_many(wanted)
