from dataclasses import replace
from datetime import timedelta

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
from application.accept.pipeline import AcceptancePipeline, PicturesRefused
from application.accept.rules import SubmissionRules
from application.accept.submit_predictions import SubmitPredictions
from application.ports.database.unit_of_work import CommitUncertain
from domain.access.caller import ANYBODY
from domain.errors import DatabaseUnavailable, ImageStoreFull, InvalidField, UnknownModel, UnsupportedImage
from domain.image_limits import ImageLimits
from tests.contracts.unit_of_work import look_up
from tests.harness.builders import png
from tests.unit.application.faulty_database import Fault, FaultyDatabase
from tests.unit.application.test_submit_prediction import RoomForOne, StoreAway


class World:
    """Everything that submitting several pictures touches."""

    def __init__(
        self, unit_of_work: MemoryUnitOfWork | None = None, image_store: MemoryImageStore | None = None
    ) -> None:
        self.unit_of_work = MemoryUnitOfWork() if unit_of_work is None else unit_of_work
        self.image_store = MemoryImageStore() if image_store is None else image_store
        self.queue = MemoryJobQueue()
        pipeline = AcceptancePipeline(
            free_space=MemoryFreeSpace(),
            rules=SubmissionRules("squeezenet1_0", ImageLimits(max_bytes=1000)),
            unit_of_work=self.unit_of_work,
            image_store=self.image_store,
            publisher=self.queue,
            results=MemoryResultCache(self.unit_of_work),
            clock=FixedClock(),
            ids=SequentialIds(),
        )
        self.submit = SubmitPredictions(pipeline=pipeline)

    def published(self) -> list[int]:
        return [delivery.job.uuid.int for delivery in self.queue.receive(99, timedelta(0))]


def pictures(count: int) -> list[SubmitPredictionCommand]:
    return [
        SubmitPredictionCommand(png(width=n), ANYBODY, name=f"picture {n}", top_k=n % 20 + 1)
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize("count", [1, 3, SubmitPredictions.MAX_PICTURES])
def test_all_are_stored_kept_and_published_in_their_order(count: int) -> None:
    world = World()

    predictions = world.submit.execute(pictures(count))

    assert [p.uuid.int for p in predictions] == list(range(1, count + 1))
    assert [p.name for p in predictions] == [f"picture {n}" for n in range(1, count + 1)]
    for number, prediction in enumerate(predictions, start=1):
        assert look_up(world.unit_of_work, number) == prediction
        assert world.image_store.get(prediction.image) == png(width=number)
    assert world.published() == list(range(1, count + 1))


def test_one_bad_picture_refuses_all_and_every_bad_one_is_told() -> None:
    world = World()
    commands = pictures(4)
    commands[1] = SubmitPredictionCommand(b"Dear Sir", ANYBODY)
    commands[3] = replace(commands[3], model="resnet50")

    with pytest.raises(PicturesRefused) as refused:
        world.submit.execute(commands)

    assert [(index, type(reason)) for index, reason in refused.value.reasons] == [
        (1, UnsupportedImage),
        (3, UnknownModel),
    ]
    assert len(world.image_store) == len(world.unit_of_work) == 0
    assert world.published() == []


@pytest.mark.parametrize("count", [0, SubmitPredictions.MAX_PICTURES + 1])
def test_none_and_too_many_are_refused(count: int) -> None:
    with pytest.raises(InvalidField) as refused:
        World().submit.execute(pictures(count))
    assert refused.value.field == "images"


def test_without_database_no_picture_stays() -> None:
    world = World(FaultyDatabase(Fault.AWAY))
    with pytest.raises(DatabaseUnavailable):
        world.submit.execute(pictures(3))
    assert len(world.image_store) == 0
    assert world.published() == []


def test_a_store_without_room_for_all_keeps_none() -> None:
    world = World(image_store=RoomForOne())
    with pytest.raises(ImageStoreFull):
        world.submit.execute(pictures(3))
    assert len(world.image_store) == len(world.unit_of_work) == 0


def test_without_database_and_store_the_first_problem_is_told() -> None:
    with pytest.raises(DatabaseUnavailable):
        World(FaultyDatabase(Fault.AWAY), StoreAway()).submit.execute(pictures(3))


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE])
def test_an_ambiguous_commit_is_looked_up_and_accepted_once(fault: Fault) -> None:
    world = World(FaultyDatabase(fault))
    world.submit.execute(pictures(3))
    assert len(world.unit_of_work) == len(world.image_store) == 3
    assert world.published() == [1, 2, 3]


def test_pictures_stay_while_it_is_unknown_whether_their_rows_do() -> None:
    world = World(FaultyDatabase(Fault.LOST_BEFORE, Fault.LOST_AFTER))
    with pytest.raises(CommitUncertain):
        world.submit.execute(pictures(3))
    assert len(world.unit_of_work) == len(world.image_store) == 3
