from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import MemoryClassifier
from adapters.memory.classifier import labels
from application.manage.cancel_prediction import CancelPrediction
from domain.access.owner import DEFAULT_OWNER
from domain.classification import Classification
from domain.errors import InvalidInput, PredictionNotFound, WrongState
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from tests.harness.builders import NOON
from tests.unit.application.inference_world import InferenceWorld


def cancel(world: InferenceWorld, number: int = 1) -> Prediction:
    use_case = CancelPrediction(unit_of_work=world.unit_of_work, announcer=world.feed, clock=world.clock)
    return use_case.execute(DEFAULT_OWNER, UUID(int=number))


def test_a_queued_prediction_is_canceled_and_never_run() -> None:
    world = InferenceWorld(labels("dogsled"), labels("tabby"))
    world.clock.advance(timedelta(seconds=1))

    canceled = cancel(world)

    assert canceled == world.look_up(1)
    assert world.changes == [canceled.state_change]
    assert (canceled.status, canceled.finished_at) == (PredictionStatus.CANCELED, NOON + timedelta(seconds=1))
    world.run()
    assert world.look_up(1) == canceled
    assert world.look_up(2).status is PredictionStatus.SUCCEEDED
    assert world.classifier.batches == [1]


def test_the_job_of_a_canceled_prediction_is_acknowledged() -> None:
    world = InferenceWorld(labels("dogsled"))
    cancel(world)

    world.run()

    world.queue.drop_engine()
    assert world.receive() == []
    assert world.queue.dead_letters == []


class CanceledMeanwhile(MemoryClassifier):
    """Runs while the prediction is canceled."""

    def __init__(self, world: InferenceWorld) -> None:
        super().__init__({b"picture 1": labels("late"), b"picture 2": labels("tabby")})
        self._world = world

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        cancel(self._world)
        return super().classify(images)


def test_a_processing_prediction_is_canceled_and_its_result_dropped() -> None:
    world = InferenceWorld(labels("late"), labels("tabby"))

    world.engine(CanceledMeanwhile(world)).execute(world.receive())

    assert world.look_up(1).status is PredictionStatus.CANCELED
    assert world.look_up(1).classification is None
    assert world.look_up(2).classification == labels("tabby")


def test_a_final_prediction_stays_as_it_is() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.run()
    before = world.look_up(1)

    with pytest.raises(WrongState, match="already succeeded"):
        cancel(world)

    assert world.look_up(1) == before
    assert [change.status for change in world.changes] == ["processing", "succeeded"]


def test_an_unknown_prediction_is_not_found() -> None:
    with pytest.raises(PredictionNotFound):
        cancel(InferenceWorld(), 9)
