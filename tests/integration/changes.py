"""Changes of predictions in transactions of their own."""

from collections.abc import Callable, Sequence
from uuid import UUID

from adapters.sql.unit_of_work import SQLUnitOfWork
from domain.prediction import Prediction
from tests.contracts.unit_of_work import MINUTE, keep
from tests.harness.builders import NOON, a_prediction


def ids(*numbers: int) -> list[UUID]:
    return [UUID(int=number) for number in numbers]


def start(prediction: Prediction) -> None:
    prediction.start(NOON, MINUTE, prediction.model)


def keep_started(unit_of_work: SQLUnitOfWork, *numbers: int, **fields: object) -> None:
    predictions = [a_prediction(number, **fields) for number in numbers]
    for prediction in predictions:
        start(prediction)
    keep(unit_of_work, *predictions)


def change(unit_of_work: SQLUnitOfWork, numbers: Sequence[int], *changes: Callable[[Prediction], None]) -> None:
    with unit_of_work.begin() as tx:
        locked = tx.predictions.lock(ids(*numbers))
        for prediction in locked:
            for apply in changes:
                apply(prediction)
        tx.predictions.save(locked)
        tx.commit()
