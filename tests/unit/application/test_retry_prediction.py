from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import MemoryClassifier, MemoryImageStore
from adapters.memory.classifier import labels
from application.manage.retry_prediction import RetryPrediction
from application.ports.database.retention import Due
from application.ports.image_store import ImageMissing
from domain.access.owner import DEFAULT_OWNER
from domain.classification import Classification
from domain.errors import ImageStoreUnavailable, InvalidInput, PredictionNotFound, WrongState
from domain.image import ImageKey
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from tests.harness.builders import a_prediction
from tests.unit.application.inference_world import RULES, InferenceWorld
from tests.unit.application.test_cancel_prediction import cancel


def retry(world: InferenceWorld, number: int = 1) -> Prediction:
    use_case = RetryPrediction(
        unit_of_work=world.unit_of_work,
        image_store=world.image_store,
        publisher=world.queue,
        announcer=world.feed,
        clock=world.clock,
    )
    return use_case.execute(DEFAULT_OWNER, UUID(int=number))


def test_a_canceled_prediction_is_queued_published_and_run() -> None:
    world = InferenceWorld(labels("dogsled"))
    cancel(world)
    world.run()
    world.clock.advance(timedelta(seconds=1))

    retried = retry(world)

    assert retried == world.look_up(1)
    assert (retried.status, retried.due_at) == (PredictionStatus.QUEUED, world.clock.now())
    world.run()
    assert world.look_up(1).classification == labels("dogsled")
    assert [change.status for change in world.changes] == ["canceled", "queued", "processing", "succeeded"]


def test_a_missing_picture_refuses_the_retry_until_it_is_back() -> None:
    world = InferenceWorld(labels("dogsled"))
    image = world.look_up(1).image
    world.image_store.delete(image)
    world.run()
    with pytest.raises(ImageMissing):
        retry(world)
    assert world.look_up(1).status is PredictionStatus.FAILED

    world.image_store.put(image, b"picture 1")
    retry(world)
    world.run()

    assert world.look_up(1).classification == labels("dogsled")
    assert (world.look_up(1).failure, world.look_up(1).attempts) == (None, 2)


def test_a_store_that_is_not_mounted_refuses_the_retry_but_not_as_a_missing_picture() -> None:
    world = InferenceWorld(labels("dogsled"))
    cancel(world)
    before = world.look_up(1)
    world.image_store.take_away()
    with pytest.raises(ImageStoreUnavailable):
        retry(world)
    assert world.look_up(1) == before
    world.image_store.bring_back()
    assert retry(world).status is PredictionStatus.QUEUED


def expire_picture(world: InferenceWorld) -> None:
    """Announce that the picture of the first prediction goes, as retention does."""
    with world.unit_of_work.begin() as tx:
        tx.retention.mark_deleting([UUID(int=1)], Due(finished_before=world.clock.now()))
        tx.commit()


class ExpiringStore(MemoryImageStore):
    """Its picture is announced to go just after it was read."""

    def __init__(self, world: InferenceWorld) -> None:
        super().__init__()
        self._world = world

    def get(self, key: ImageKey) -> bytes:
        expire_picture(self._world)
        return b"picture"


def test_a_picture_that_is_about_to_be_deleted_refuses_the_retry() -> None:
    world = InferenceWorld(labels("dogsled"))
    cancel(world)
    expire_picture(world)
    with pytest.raises(ImageMissing):
        retry(world)
    assert world.look_up(1).status is PredictionStatus.CANCELED


def test_a_picture_that_is_announced_to_go_during_the_retry_refuses_it() -> None:
    world = InferenceWorld(labels("dogsled"))
    cancel(world)
    world.image_store = ExpiringStore(world)
    with pytest.raises(ImageMissing):
        retry(world)
    assert world.look_up(1).status is PredictionStatus.CANCELED


def test_an_exhausted_prediction_gets_all_its_attempts_again() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.exhaust_attempts()
    world.clock.advance(RULES.lease)
    world.run()
    assert world.look_up(1).failure is not None

    retry(world)
    world.exhaust_attempts()
    world.clock.advance(RULES.lease)
    world.run()

    assert world.look_up(1).attempts == 2 * RULES.max_attempts
    assert world.look_up(1).status is PredictionStatus.FAILED
    retry(world)
    world.run()
    assert world.look_up(1).status is PredictionStatus.SUCCEEDED


class RetriedMeanwhile(MemoryClassifier):
    """Runs while the prediction is canceled, retried, and taken up by another engine."""

    def __init__(self, world: InferenceWorld, *, taken_up: bool) -> None:
        super().__init__({b"picture 1": labels("late")})
        self._world = world
        self._taken_up = taken_up

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        cancel(self._world)
        retry(self._world)
        if self._taken_up:
            with self._world.unit_of_work.begin() as tx:
                locked = tx.predictions.lock([a_prediction().uuid])
                locked[0].start(self._world.clock.now(), RULES.lease, RULES.model)
                tx.predictions.save(locked)
                tx.commit()
        return super().classify(images)


@pytest.mark.parametrize(("taken_up", "status"), [(False, "queued"), (True, "processing")])
def test_the_late_result_of_an_attempt_before_the_retry_is_dropped(taken_up: bool, status: str) -> None:
    world = InferenceWorld(labels("in time"))

    world.engine(RetriedMeanwhile(world, taken_up=taken_up)).execute(world.receive())

    assert world.look_up(1).status == status
    assert world.look_up(1).classification is None


@pytest.mark.parametrize("run", [False, True])
def test_a_queued_or_succeeded_prediction_stays_as_it_is(run: bool) -> None:
    world = InferenceWorld(labels("dogsled"))
    if run:
        world.run()
    before = world.look_up(1)

    with pytest.raises(WrongState, match="neither failed nor canceled"):
        retry(world)

    assert world.look_up(1) == before


def test_an_unknown_prediction_is_not_found() -> None:
    with pytest.raises(PredictionNotFound):
        retry(InferenceWorld(), 9)
