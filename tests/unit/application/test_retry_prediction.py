from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import MemoryClassifier
from adapters.memory.classifier import labels
from application.manage.retry_prediction import RetryPrediction
from application.ports.image_store import ImageMissing
from domain.classification import Classification
from domain.errors import InvalidInput, PredictionNotFound, WrongState
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from tests.harness.builders import a_prediction
from tests.unit.application.test_cancel_prediction import cancel
from tests.unit.application.test_run_inference import RULES, House, exhausted


def retry(house: House, number: int = 1) -> Prediction:
    use_case = RetryPrediction(
        unit_of_work=house.unit_of_work,
        image_store=house.image_store,
        publisher=house.queue,
        announcer=house.feed,
        clock=house.clock,
    )
    return use_case.execute(UUID(int=number))


def test_a_canceled_one_is_queued_published_and_run() -> None:
    house = House(labels("dogsled"))
    cancel(house)
    house.run()
    house.clock.advance(timedelta(seconds=1))

    retried = retry(house)

    assert retried == house.look_up(1)
    assert (retried.status, retried.due_at) == (PredictionStatus.QUEUED, house.clock.now())
    house.run()
    assert house.look_up(1).classification == labels("dogsled")
    assert [change.status for change in house.changes] == ["canceled", "queued", "processing", "succeeded"]


def test_one_whose_picture_was_gone_succeeds_when_it_is_back() -> None:
    house = House(labels("dogsled"))
    image = house.look_up(1).image
    house.image_store.delete(image)
    house.run()
    with pytest.raises(ImageMissing):
        retry(house)
    assert house.look_up(1).status is PredictionStatus.FAILED

    house.image_store.put(image, b"picture 1")
    retry(house)
    house.run()

    assert house.look_up(1).classification == labels("dogsled")
    assert (house.look_up(1).failure, house.look_up(1).attempts) == (None, 2)


def test_one_that_used_up_its_attempts_gets_as_many_again() -> None:
    house = House(labels("dogsled"))
    exhausted(house)
    house.clock.advance(RULES.lease)
    house.run()
    assert house.look_up(1).failure is not None

    retry(house)
    exhausted(house)
    house.clock.advance(RULES.lease)
    house.run()

    assert house.look_up(1).attempts == 2 * RULES.max_attempts
    assert house.look_up(1).status is PredictionStatus.FAILED
    retry(house)
    house.run()
    assert house.look_up(1).status is PredictionStatus.SUCCEEDED


class RetriedMeanwhile(MemoryClassifier):
    """Works on a picture while its prediction is canceled, retried, and taken up by another engine."""

    def __init__(self, house: House, *, taken_up: bool) -> None:
        super().__init__({b"picture 1": labels("late")})
        self._house = house
        self._taken_up = taken_up

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        cancel(self._house)
        retry(self._house)
        if self._taken_up:
            with self._house.unit_of_work.begin() as tx:
                locked = tx.predictions.lock([a_prediction().uuid])
                locked[0].start(self._house.clock.now(), RULES.lease, RULES.model)
                tx.predictions.save(locked)
                tx.commit()
        return super().classify(images)


@pytest.mark.parametrize(("taken_up", "status"), [(False, "queued"), (True, "processing")])
def test_the_late_result_of_an_attempt_from_before_is_dropped(taken_up: bool, status: str) -> None:
    house = House(labels("in time"))

    house.engine(RetriedMeanwhile(house, taken_up=taken_up)).execute(house.receive())

    assert house.look_up(1).status == status
    assert house.look_up(1).classification is None


@pytest.mark.parametrize("run", [False, True])
def test_any_other_stays_as_it_is(run: bool) -> None:
    house = House(labels("dogsled"))
    if run:
        house.run()
    before = house.look_up(1)

    with pytest.raises(WrongState, match="neither failed nor canceled"):
        retry(house)

    assert house.look_up(1) == before


def test_an_unknown_one_is_not_found() -> None:
    with pytest.raises(PredictionNotFound):
        retry(House(), 9)
