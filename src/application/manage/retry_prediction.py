"""Try a prediction again."""

from dataclasses import dataclass
from uuid import UUID

from application.manage.locking import lock_one
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store import ImageStore
from application.ports.queue.completion_feed import Announcer
from application.ports.queue.job_queue import JobPublisher
from application.ports.system import Clock
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class RetryPrediction:
    """Queue a prediction again that failed or was canceled.

    It gets as many attempts as a new one. `attempts` goes on counting, so that a result from before the retry is
    still told apart, and dropped. Without its picture it could only fail again, so it is refused. One that is queued,
    in work or succeeded is left as it is.
    """

    unit_of_work: UnitOfWork
    image_store: ImageStore
    publisher: JobPublisher
    announcer: Announcer
    clock: Clock

    def execute(self, uuid: UUID) -> Prediction:
        """The prediction, queued.

        Raises:
            PredictionNotFound: there is none with this uuid.
            WrongState: it neither failed nor was canceled.
            ImageMissing: its picture is gone.
            DatabaseUnavailable, ImageStoreUnavailable: one of them cannot be reached.
        """
        self._look_for_picture(uuid)
        with self.unit_of_work.begin() as tx:
            prediction = lock_one(tx.predictions, uuid)
            prediction.retry(self.clock.now())
            tx.predictions.save([prediction])
            tx.commit()
        # In this order: an engine may announce that it has begun at once.
        self.announcer.announce([prediction])
        self.publisher.publish([prediction.job])
        return prediction

    def _look_for_picture(self, uuid: UUID) -> None:
        """Outside the transaction, which must not wait for an image store."""
        with self.unit_of_work.read() as committed:
            prediction = committed.predictions.get(uuid)
        prediction.retry(self.clock.now())  # first of all, whether it may be retried
        self.image_store.get(prediction.image)
