"""Cancel a prediction."""

from dataclasses import dataclass
from uuid import UUID

from application.manage.lock_prediction import lock_prediction
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.queue.completion_feed import Announcer
from application.ports.system import Clock
from domain.access.owner import Owner
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class CancelPrediction:
    """Cancel a prediction that is not final yet.

    A queued prediction is never run: an engine that receives its job later skips it. A prediction that an engine works
    on is canceled at once as well, and the engine's result is dropped. A prediction that is already final is left as
    it is.
    """

    unit_of_work: UnitOfWork
    announcer: Announcer
    clock: Clock

    def execute(self, owner: Owner, uuid: UUID) -> Prediction:
        """Cancel it, and return its new state.

        Raises:
            PredictionNotFound: the owner has no prediction with this uuid.
            WrongState: the prediction is final.
        """
        with self.unit_of_work.begin() as tx:
            prediction = lock_prediction(tx.predictions, owner, uuid)
            prediction.cancel(self.clock.now())
            tx.predictions.save([prediction])
            tx.commit()
        self.announcer.announce([prediction])
        return prediction
