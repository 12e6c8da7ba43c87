"""Cancel a prediction."""

from dataclasses import dataclass
from uuid import UUID

from application.manage.locking import lock_one
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.queue.completion_feed import Announcer
from application.ports.system import Clock
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class CancelPrediction:
    """Cancel a prediction that is not final yet.

    One that is queued is never run: an engine that is handed its job later leaves it alone. One that an engine works
    on is canceled at once all the same, and the result that the engine still finds is dropped. One that is final
    already is left as it is.
    """

    unit_of_work: UnitOfWork
    announcer: Announcer
    clock: Clock

    def execute(self, uuid: UUID) -> Prediction:
        """The prediction, canceled.

        Raises:
            PredictionNotFound: there is none with this uuid.
            WrongState: it is final.
            DatabaseUnavailable: the database cannot be reached.
        """
        with self.unit_of_work.begin() as tx:
            prediction = lock_one(tx.predictions, uuid)
            prediction.cancel(self.clock.now())
            tx.predictions.save([prediction])
            tx.commit()
        self.announcer.announce([prediction])
        return prediction
