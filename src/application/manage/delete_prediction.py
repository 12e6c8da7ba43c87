"""Delete a prediction."""

from dataclasses import dataclass
from uuid import UUID

from application.manage.locking import lock_one
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store import ImageStore
from application.ports.queue.completion_feed import Announcer
from application.ports.system import Clock
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class DeletePrediction:
    """Delete a prediction with its picture.

    One that is not final is canceled first, so that nobody works on, or waits for, what is about to vanish; then the
    picture goes, then the row. Whatever interrupts this, the row is the last to go: deleting again completes it, and
    no picture is left of which nobody knows.
    """

    unit_of_work: UnitOfWork
    image_store: ImageStore
    announcer: Announcer
    clock: Clock

    def execute(self, uuid: UUID) -> None:
        """Delete it.

        Raises:
            PredictionNotFound: there is none with this uuid.
            DatabaseUnavailable, ImageStoreUnavailable: one of them cannot be reached; deleting again completes it.
        """
        prediction = self._finish(uuid)
        self.image_store.delete(prediction.image)
        with self.unit_of_work.begin() as tx:
            tx.predictions.delete(uuid)
            tx.commit()

    def _finish(self, uuid: UUID) -> Prediction:
        with self.unit_of_work.begin() as tx:
            prediction = lock_one(tx.predictions, uuid)
            if prediction.status.is_final:
                return prediction
            prediction.cancel(self.clock.now())
            tx.predictions.save([prediction])
            tx.commit()
        self.announcer.announce([prediction])
        return prediction
