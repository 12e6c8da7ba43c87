from collections.abc import Sequence
from uuid import UUID

import pytest

from adapters.memory import MemoryClassifier, MemoryImageStore
from adapters.memory.classifier import labels
from application.manage.delete_prediction import DeletePrediction
from application.ports.image_store import ImageStore
from domain.access.owner import DEFAULT_OWNER
from domain.classification import Classification
from domain.errors import ImageStoreUnavailable, InvalidInput, PredictionNotFound
from domain.image import ImageKey
from domain.prediction_state import PredictionStatus, StateChange
from tests.harness.builders import a_prediction
from tests.unit.application.inference_world import InferenceWorld


def delete(world: InferenceWorld, number: int = 1, store: ImageStore | None = None) -> None:
    use_case = DeletePrediction(
        unit_of_work=world.unit_of_work,
        image_store=world.image_store if store is None else store,
        announcer=world.feed,
        clock=world.clock,
    )
    use_case.execute(DEFAULT_OWNER, UUID(int=number))


@pytest.mark.parametrize("run", [False, True])
def test_only_this_prediction_and_its_picture_are_deleted(run: bool) -> None:
    world = InferenceWorld(labels("dogsled"), labels("tabby"))
    if run:
        world.run()

    delete(world)

    with pytest.raises(PredictionNotFound):
        world.look_up(1)
    assert len(world.unit_of_work) == len(world.image_store) == 1
    world.run()
    assert world.look_up(2).status is PredictionStatus.SUCCEEDED
    assert world.classifier.batches == ([2] if run else [1])
    world.queue.drop_engine()
    assert world.receive() == []


class DeletedMeanwhile(MemoryClassifier):
    """Runs while the prediction is deleted."""

    def __init__(self, world: InferenceWorld) -> None:
        super().__init__({b"picture 1": labels("late"), b"picture 2": labels("tabby")})
        self._world = world

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        delete(self._world)
        return super().classify(images)


def test_the_result_of_an_engine_that_works_on_it_is_dropped() -> None:
    world = InferenceWorld(labels("late"), labels("tabby"))

    world.engine(DeletedMeanwhile(world)).execute(world.receive())

    with pytest.raises(PredictionNotFound):
        world.look_up(1)
    assert world.look_up(2).classification == labels("tabby")
    world.queue.drop_engine()
    assert world.receive() == []


class UnavailableStore(MemoryImageStore):
    """Cannot be reached."""

    def delete(self, key: ImageKey) -> None:
        raise ImageStoreUnavailable


def test_if_the_picture_cannot_be_deleted_the_prediction_stays_canceled() -> None:
    world = InferenceWorld(labels("dogsled"))

    with pytest.raises(ImageStoreUnavailable):
        delete(world, store=UnavailableStore())
    world.run()

    assert world.look_up(1).status is PredictionStatus.CANCELED
    assert world.classifier.batches == []
    delete(world)
    assert len(world.unit_of_work) == len(world.image_store) == 0


def test_the_cancellation_of_a_prediction_that_is_not_final_is_announced() -> None:
    world = InferenceWorld(labels("dogsled"), labels("tabby"))
    world.run()
    world.submit(a_prediction(3))
    world.changes.clear()
    for number in (1, 3):
        delete(world, number)
    assert world.changes == [StateChange(UUID(int=3), PredictionStatus.CANCELED)]


def test_a_prediction_without_its_picture_can_be_deleted() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.image_store.delete(world.look_up(1).image)
    delete(world)
    assert len(world.unit_of_work) == 0


def test_an_unknown_prediction_is_not_found() -> None:
    world = InferenceWorld(labels("dogsled"))
    delete(world)
    with pytest.raises(PredictionNotFound):
        delete(world)
