"""One transaction for each new prediction."""

from collections.abc import Sequence

from application.ports.database.intake import Intake
from application.ports.database.predictions import IdempotencyKeyTaken
from application.ports.database.unit_of_work import UnitOfWork
from domain.errors import DatabaseUnavailable
from domain.prediction import Prediction


class SingleIntake(Intake):
    """Keeps every prediction in a transaction of its own."""

    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    def keep(self, predictions: Sequence[Prediction]) -> list[Exception | None]:
        return [self._keep(prediction) for prediction in predictions]

    def _keep(self, prediction: Prediction) -> Exception | None:
        try:
            with self._unit_of_work.begin() as tx:
                tx.predictions.add(prediction)
                tx.commit()
        except (IdempotencyKeyTaken, DatabaseUnavailable, ValueError) as error:
            return error
        return None
