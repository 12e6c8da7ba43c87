"""Retry a prediction."""

from dataclasses import dataclass, field
from uuid import UUID

from application.manage.lock_prediction import lock_prediction
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store import ImageMissing, ImageStore
from application.ports.queue.completion_feed import Announcer
from application.ports.queue.job_queue import JobPublisher
from application.ports.system import Clock
from application.turns.publication import Publication, UnlimitedPublication
from domain.access.owner import Owner
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class RetryPrediction:
    """Queue a failed or canceled prediction again.

    It gets as many attempts as a new prediction. `attempts` is not reset, so that a late result of an attempt from
    before the retry is recognised and dropped. A prediction whose picture is gone would only fail again, so its retry
    is refused. A prediction that is queued, processing or succeeded is left as it is.
    """

    unit_of_work: UnitOfWork
    image_store: ImageStore
    publisher: JobPublisher
    announcer: Announcer
    clock: Clock
    publication: Publication = field(default_factory=UnlimitedPublication)

    def execute(self, owner: Owner, uuid: UUID) -> Prediction:
        """Queue it, and return its new state.

        Raises:
            PredictionNotFound: the owner has no prediction with this uuid.
            WrongState: the prediction neither failed nor was canceled.
            ImageMissing: the picture is no longer in the image store.
        """
        self._check_picture(owner, uuid)
        with self.unit_of_work.begin() as tx:
            prediction = lock_prediction(tx.predictions, owner, uuid)
            if not prediction.image_state.is_kept:  # retention may have come in between
                raise ImageMissing
            prediction.retry(self.clock.now())
            held = self.publication.hold_back([prediction])
            tx.predictions.save([prediction])
            tx.commit()
        # Announced before it is published: an engine that gets the job at once may announce that it is processing.
        self.announcer.announce([prediction])
        if not held:
            self.publisher.publish([prediction.job])
        return prediction

    def _check_picture(self, owner: Owner, uuid: UUID) -> None:
        """Check that the picture exists, outside the transaction, which must not wait for an image store."""
        with self.unit_of_work.read() as committed:
            prediction = committed.predictions.get(owner, uuid)
        prediction.retry(self.clock.now())  # refuses a wrong state before the picture is read
        if not prediction.image_state.is_kept:
            raise ImageMissing
        self.image_store.get(prediction.image)
