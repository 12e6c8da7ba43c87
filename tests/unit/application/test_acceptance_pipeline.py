"""Groups of pictures in the pipeline; the tests of the use cases show the rest of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

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
from application.ports.database.predictions import IdempotencyKeyTaken
from application.ports.database.unit_of_work import CommitUncertain
from application.turns.held_jobs import HeldJobs
from application.turns.lane_allowance import LaneAllowance
from application.turns.publication import AllowedPublication
from domain.access.caller import ANYBODY
from domain.access.owner import Owner
from domain.errors import (
    DatabaseUnavailable,
    DiskAlmostFull,
    IdempotencyConflict,
    ImageStoreUnavailable,
    UnsupportedImage,
)
from domain.idempotency import IdempotencyKey
from domain.image import ImageHash, ImageKey
from domain.image_limits import ImageLimits
from domain.prediction import Prediction
from tests.harness.builders import png
from tests.unit.application.faulty_database import Fault, FaultyDatabase, SlowToSee

LETTER = SubmitPredictionCommand(b"Dear Sir", ANYBODY)


class StoreAway(MemoryImageStore):
    """Cannot be reached."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        self.calls += 1
        raise ImageStoreUnavailable


class CacheAway(MemoryResultCache):
    """Cannot be reached."""

    def find(self, owner: Owner, image: ImageHash, model: str, top_k: int) -> Prediction | None:
        raise DatabaseUnavailable


class ClockAway(FixedClock):
    """Is that of a database that cannot be reached."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def now(self) -> datetime:
        self.calls += 1
        raise DatabaseUnavailable


class World:
    """Everything that the pipeline touches."""

    def __init__(
        self,
        unit_of_work: MemoryUnitOfWork | None = None,
        image_store: MemoryImageStore | None = None,
        results: type[MemoryResultCache] = MemoryResultCache,
        clock: FixedClock | None = None,
    ) -> None:
        self.unit_of_work = MemoryUnitOfWork() if unit_of_work is None else unit_of_work
        self.image_store = MemoryImageStore() if image_store is None else image_store
        self.queue, self.free_space = MemoryJobQueue(), MemoryFreeSpace()
        self.pipeline = AcceptancePipeline(
            free_space=self.free_space,
            rules=SubmissionRules("squeezenet1_0", ImageLimits(), reuses_results=True),
            unit_of_work=self.unit_of_work,
            image_store=self.image_store,
            publisher=self.queue,
            results=results(self.unit_of_work),
            clock=clock or FixedClock(),
            ids=SequentialIds(),
        )

    def accept(self, *commands: SubmitPredictionCommand) -> list[Prediction | Exception]:
        return self.pipeline.accept_each(commands)

    @property
    def kept(self) -> tuple[int, int, int]:
        """The numbers of pictures, predictions and jobs."""
        return len(self.image_store), len(self.unit_of_work), self.queue.read().waiting


def a_picture(width: int, key: str | None = None) -> SubmitPredictionCommand:
    return SubmitPredictionCommand(png(width), ANYBODY, idempotency_key=IdempotencyKey(key) if key else None)


def test_without_a_new_picture_nothing_is_asked() -> None:
    world = World(FaultyDatabase(Fault.AWAY), StoreAway())
    assert world.accept() == []
    [refused] = world.accept(LETTER)
    assert isinstance(refused, UnsupportedImage)


def test_keys_that_were_used_before_do_no_harm_to_the_others() -> None:
    world = World(unit_of_work := SlowToSee())
    [first, second] = world.accept(a_picture(1, "a"), a_picture(2, "b"))
    unit_of_work.blind = 4
    outcomes = world.accept(a_picture(3), a_picture(1, "a"), a_picture(4, "c"), a_picture(5, "b"), LETTER, a_picture(6))
    assert outcomes[1] == first != second
    assert [type(outcome) for outcome in outcomes] == [
        Prediction,
        Prediction,
        Prediction,
        IdempotencyConflict,
        UnsupportedImage,
        Prediction,
    ]
    assert world.kept == (5, 5, 5)


def test_on_a_disk_that_is_almost_full_nothing_new_is_stored_and_what_is_known_is_told() -> None:
    world = World()
    [known] = world.accept(a_picture(1, "a"))
    world.free_space.is_full = True
    outcomes = world.accept(a_picture(1, "a"), LETTER, a_picture(2), a_picture(3, "b"))
    assert outcomes[0] == known
    assert [type(outcome) for outcome in outcomes[1:]] == [UnsupportedImage, DiskAlmostFull, DiskAlmostFull]
    with pytest.raises(DiskAlmostFull):
        world.pipeline.accept_all([a_picture(2), a_picture(3)])
    assert world.kept == (1, 1, 1)
    assert world.accept(a_picture(1, "a")) == [known]
    world.free_space.is_full = False
    assert isinstance(world.accept(a_picture(2))[0], Prediction)


@pytest.mark.parametrize("count", [2, 20])
def test_of_many_with_the_same_key_one_is_accepted(count: int) -> None:
    world = World()
    outcomes = world.accept(*[a_picture(1, "a")] * count, a_picture(2))
    assert all(outcome == outcomes[0] for outcome in outcomes[:count])
    assert world.kept == (2, 2, 2)


@pytest.mark.parametrize(
    ("faults", "error", "pictures"),
    [
        ([Fault.AWAY], DatabaseUnavailable, 0),
        ([Fault.BROKEN], ZeroDivisionError, 0),
        ([Fault.LOST_BEFORE, Fault.AWAY], CommitUncertain, 3),
    ],
)
def test_everyone_is_told_of_a_fault_and_the_next_group_is_accepted(
    faults: list[Fault], error: type[Exception], pictures: int
) -> None:
    world = World(FaultyDatabase(*faults))
    outcomes = world.accept(LETTER, *(a_picture(width) for width in (1, 2, 3)))
    assert [type(outcome) for outcome in outcomes] == [UnsupportedImage, error, error, error]
    assert world.kept == (pictures, 0, 0)
    assert isinstance(world.accept(a_picture(4))[0], Prediction)


def test_a_store_that_is_away_is_asked_once_for_a_group() -> None:
    world = World(image_store=(store := StoreAway()))
    outcomes = world.accept(a_picture(1), a_picture(2))
    assert [type(outcome) for outcome in outcomes] == [ImageStoreUnavailable] * 2
    assert store.calls == 1
    assert world.kept == (0, 0, 0)


def test_without_the_results_of_earlier_predictions_nothing_is_stored() -> None:
    world = World(results=CacheAway)
    assert [type(outcome) for outcome in world.accept(a_picture(1))] == [DatabaseUnavailable]
    assert world.kept == (0, 0, 0)


def test_without_the_time_nothing_is_accepted_and_it_is_asked_for_once_for_a_group() -> None:
    world = World(clock=(clock := ClockAway()))
    for accept in (world.pipeline.accept_each, world.pipeline.accept_all):
        with pytest.raises(DatabaseUnavailable):
            accept([a_picture(1), a_picture(2)])
    assert clock.calls == 2
    assert world.kept == (0, 0, 0)


def test_of_all_or_none_a_key_that_is_taken_refuses_all() -> None:
    world = World()
    world.accept(a_picture(1, "a"))
    with pytest.raises(IdempotencyKeyTaken):
        world.pipeline.accept_all([a_picture(2), a_picture(1, "a")])
    assert world.kept == (1, 1, 1)


@pytest.mark.parametrize("together", [False, True])
def test_what_is_held_back_is_kept_and_not_published(together: bool) -> None:
    world = World()
    publication = AllowedPublication(
        world.queue, HeldJobs(unit_of_work=world.unit_of_work, clock=FixedClock(), grace=timedelta(seconds=2))
    )
    publication.renew()
    pipeline = replace(world.pipeline, publication=publication)
    pictures = [a_picture(width) for width in range(1, LaneAllowance.FIRST + 4)]
    accepted = pipeline.accept_all(pictures) if together else pipeline.accept_each(pictures)
    assert world.kept == (len(pictures), len(pictures), LaneAllowance.FIRST)
    held = [p for p in accepted if isinstance(p, Prediction) and p.due_at and p.due_at < p.created_at]
    assert held == accepted[-3:]
