from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import MemoryClassifier
from adapters.memory.classifier import labels
from application.manage.cancel_prediction import CancelPrediction
from domain.classification import Classification
from domain.errors import InvalidInput, PredictionNotFound, WrongState
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from tests.harness.builders import NOON
from tests.unit.application.test_run_inference import House


def cancel(house: House, number: int = 1) -> Prediction:
    use_case = CancelPrediction(unit_of_work=house.unit_of_work, announcer=house.feed, clock=house.clock)
    return use_case.execute(UUID(int=number))


def test_a_queued_one_is_canceled_and_never_run() -> None:
    house = House(labels("dogsled"), labels("tabby"))
    house.clock.advance(timedelta(seconds=1))

    canceled = cancel(house)

    assert canceled == house.look_up(1)
    assert house.changes == [canceled.state_change]
    assert (canceled.status, canceled.finished_at) == (PredictionStatus.CANCELED, NOON + timedelta(seconds=1))
    house.run()
    assert house.look_up(1) == canceled
    assert house.look_up(2).status is PredictionStatus.SUCCEEDED
    assert house.classifier.batches == [1]


def test_the_job_of_a_canceled_one_is_acknowledged() -> None:
    house = House(labels("dogsled"))
    cancel(house)

    house.run()

    house.queue.drop_engine()
    assert house.receive() == []
    assert house.queue.dead_letters == []


class CanceledMeanwhile(MemoryClassifier):
    """Works on a picture while its prediction is canceled."""

    def __init__(self, house: House) -> None:
        super().__init__({b"picture 1": labels("late"), b"picture 2": labels("tabby")})
        self._house = house

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        cancel(self._house)
        return super().classify(images)


def test_one_in_work_is_canceled_and_its_result_dropped() -> None:
    house = House(labels("late"), labels("tabby"))

    house.engine(CanceledMeanwhile(house)).execute(house.receive())

    assert house.look_up(1).status is PredictionStatus.CANCELED
    assert house.look_up(1).classification is None
    assert house.look_up(2).classification == labels("tabby")


def test_a_final_one_stays_as_it_is() -> None:
    house = House(labels("dogsled"))
    house.run()
    before = house.look_up(1)

    with pytest.raises(WrongState, match="already succeeded"):
        cancel(house)

    assert house.look_up(1) == before
    assert [change.status for change in house.changes] == ["processing", "succeeded"]


def test_an_unknown_one_is_not_found() -> None:
    with pytest.raises(PredictionNotFound):
        cancel(House(), 9)
