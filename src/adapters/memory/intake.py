"""One transaction for each new prediction."""

from application.ports.intake import Intake
from application.ports.unit_of_work import UnitOfWork
from domain.prediction import Prediction


class SingleIntake(Intake):
    """Keeps every prediction in a transaction of its own."""

    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    def keep(self, prediction: Prediction) -> None:
        with self._unit_of_work.begin() as tx:
            tx.predictions.add(prediction)
            tx.commit()
