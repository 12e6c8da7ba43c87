"""Delete a prediction."""

from dataclasses import dataclass
from uuid import UUID

from application.manage.lock_prediction import lock_prediction
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store import ImageStore
from application.ports.queue.completion_feed import Announcer
from application.ports.system import Clock
from domain.access.owner import Owner
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class DeletePrediction:
    """Delete a prediction with its picture.

    A prediction that is not final is canceled first, so that no engine works on it and no client waits for it any more.
    Then the picture is deleted, and the prediction last: if anything interrupts this, deleting again completes it, and
    no picture is left without its prediction.
    """

    unit_of_work: UnitOfWork
    image_store: ImageStore
    announcer: Announcer
    clock: Clock

    def execute(self, owner: Owner, uuid: UUID) -> None:
        """Delete the prediction and its picture.

        Raises:
            PredictionNotFound: the owner has no prediction with this uuid.
            DatabaseUnavailable, ImageStoreUnavailable: one of them cannot be reached; deleting again completes it.
        """
        prediction = self._cancel(owner, uuid)
        self.image_store.delete(prediction.image)
        with self.unit_of_work.begin() as tx:
            tx.predictions.delete(uuid)
            tx.commit()

    def _cancel(self, owner: Owner, uuid: UUID) -> Prediction:
        with self.unit_of_work.begin() as tx:
            prediction = lock_prediction(tx.predictions, owner, uuid)
            if prediction.status.is_final:
                return prediction
            prediction.cancel(self.clock.now())
            tx.predictions.save([prediction])
            tx.commit()
        self.announcer.announce([prediction])
        return prediction
