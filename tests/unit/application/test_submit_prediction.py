from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import (
    FixedClock,
    MemoryFreeSpace,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryResultCache,
    MemoryUnitOfWork,
    SequentialIds,
)
from application.accept.command import SubmitPredictionCommand
from application.accept.pipeline import AcceptancePipeline
from application.accept.rules import SubmissionRules
from application.accept.submit_prediction import SubmitPrediction
from application.ports.database.unit_of_work import CommitUncertain
from domain.access.caller import ANYBODY
from domain.access.owner import DEFAULT_OWNER
from domain.errors import (
    DatabaseUnavailable,
    ImageStoreFull,
    ImageStoreUnavailable,
    InvalidField,
    PredictorError,
    UnknownModel,
    UnsupportedImage,
)
from domain.image import ImageKey
from domain.image_limits import ImageLimits
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from tests.harness.builders import png
from tests.unit.application.faulty_database import Fault, FaultyDatabase

SOON = timedelta(seconds=0)


class World:
    """Everything that submitting touches."""

    def __init__(
        self, unit_of_work: MemoryUnitOfWork | None = None, image_store: MemoryImageStore | None = None
    ) -> None:
        self.unit_of_work = MemoryUnitOfWork() if unit_of_work is None else unit_of_work
        self.image_store = MemoryImageStore() if image_store is None else image_store
        self.queue = MemoryJobQueue()
        self.clock = FixedClock()
        pipeline = AcceptancePipeline(
            free_space=MemoryFreeSpace(),
            rules=SubmissionRules("squeezenet1_0", ImageLimits(max_bytes=1000)),
            unit_of_work=self.unit_of_work,
            image_store=self.image_store,
            publisher=self.queue,
            results=MemoryResultCache(self.unit_of_work),
            clock=self.clock,
            ids=SequentialIds(),
        )
        self.submit = SubmitPrediction(pipeline=pipeline)


@pytest.fixture
def world() -> World:
    return World()


def test_what_was_accepted_is_stored_kept_and_published(world: World) -> None:
    prediction = world.submit.execute(SubmitPredictionCommand(png(), ANYBODY, name="dog", top_k=3))

    assert prediction.uuid == UUID(int=1)
    assert (prediction.name, prediction.model, prediction.top_k) == ("dog", "squeezenet1_0", 3)
    assert (prediction.status, prediction.created_at) == (PredictionStatus.QUEUED, world.clock.now())
    assert world.image_store.get(prediction.image) == png()
    with world.unit_of_work.read() as committed:
        assert committed.predictions.get(DEFAULT_OWNER, prediction.uuid) == prediction
    [delivery] = world.queue.receive(9, SOON)
    assert delivery.job == prediction.job


def test_the_service_s_model_may_be_named(world: World) -> None:
    assert world.submit.execute(SubmitPredictionCommand(png(), ANYBODY, model="squeezenet1_0")).model == "squeezenet1_0"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (SubmitPredictionCommand(b"Dear Sir", ANYBODY), UnsupportedImage),
        (SubmitPredictionCommand(png(), ANYBODY, model="resnet50"), UnknownModel),
        (SubmitPredictionCommand(png(), ANYBODY, name="x" * 256), InvalidField),
        (SubmitPredictionCommand(png(), ANYBODY, top_k=0), InvalidField),
    ],
)
def test_a_refused_picture_leaves_nothing(
    world: World, command: SubmitPredictionCommand, error: type[PredictorError]
) -> None:
    with pytest.raises(error):
        world.submit.execute(command)
    assert len(world.image_store) == len(world.unit_of_work) == 0
    assert world.queue.receive(9, SOON) == []


def test_without_database_no_picture_stays_and_nothing_is_published() -> None:
    world = World(FaultyDatabase(Fault.AWAY))
    with pytest.raises(DatabaseUnavailable):
        world.submit.execute(SubmitPredictionCommand(png(), ANYBODY))
    assert len(world.image_store) == 0
    assert world.queue.receive(9, SOON) == []


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE])
def test_an_ambiguous_commit_is_looked_up_and_accepted_once(fault: Fault) -> None:
    world = World(FaultyDatabase(fault))
    prediction = world.submit.execute(SubmitPredictionCommand(png(), ANYBODY))
    assert len(world.unit_of_work) == len(world.image_store) == 1
    [delivery] = world.queue.receive(9, SOON)
    assert delivery.job == prediction.job


def test_pictures_that_come_together_are_accepted_each_for_itself(world: World) -> None:
    commands = [SubmitPredictionCommand(image, ANYBODY) for image in (png(), b"Dear Sir", png(3))]
    first, refused, last = world.submit.execute_all(commands)
    assert isinstance(refused, UnsupportedImage)
    assert [p.uuid for p in (first, last) if isinstance(p, Prediction)] == [UUID(int=1), UUID(int=3)]
    assert len(world.image_store) == len(world.unit_of_work) == len(world.queue.receive(9, SOON)) == 2


class RoomForOne(MemoryImageStore):
    """Takes one picture of several."""

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        if len(self) + len(images) > 1:
            raise ImageStoreFull
        super().put_all(images)


def test_a_store_that_has_room_for_some_takes_some() -> None:
    world = World(image_store=RoomForOne())
    first, second = world.submit.execute_all(
        [SubmitPredictionCommand(png(), ANYBODY), SubmitPredictionCommand(png(3), ANYBODY)]
    )
    assert isinstance(first, Prediction)
    assert isinstance(second, ImageStoreFull)
    assert len(world.unit_of_work) == len(world.queue.receive(9, SOON)) == 1


def test_a_picture_stays_while_it_is_unknown_whether_its_row_does() -> None:
    world = World(FaultyDatabase(Fault.LOST_BEFORE, Fault.LOST_AFTER))
    with pytest.raises(CommitUncertain):
        world.submit.execute(SubmitPredictionCommand(png(), ANYBODY))
    assert len(world.unit_of_work) == len(world.image_store) == 1


class StoreAway(MemoryImageStore):
    """Takes pictures and then goes away."""

    def delete(self, key: ImageKey) -> None:
        raise ImageStoreUnavailable


def test_without_database_and_store_the_first_problem_is_told() -> None:
    world = World(FaultyDatabase(Fault.AWAY), StoreAway())
    with pytest.raises(DatabaseUnavailable):
        world.submit.execute(SubmitPredictionCommand(png(), ANYBODY))
