"""Orphans go when they are old enough; whatever might be wanted, or is not ours, stays."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, MemoryImageStore, MemoryUnitOfWork
from application.upkeep.sweep_orphans import Sweep, SweepOrphans
from domain.image import ImageKey
from domain.image_header import ImageFormat
from domain.time_ordered_id import first_uuid_at
from tests.contracts.unit_of_work import keep
from tests.harness.builders import NOON, a_prediction

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
VERSION_7 = 0x7 << 76 | 0x2 << 62


def uuid_at(moment: datetime, number: int = 1) -> UUID:
    return UUID(int=first_uuid_at(moment).int | VERSION_7 | number)


def picture_of(uuid: UUID) -> ImageKey:
    return ImageKey.of(uuid, ImageFormat.JPEG)


class World:
    """A store to whose pictures no row belongs, and the time is two hours past noon."""

    def __init__(self) -> None:
        self.unit_of_work, self.clock = MemoryUnitOfWork(), FixedClock(NOON)
        self.store = MemoryImageStore(now=self.clock.now)
        self.waits: list[float] = []
        self.is_stopping = False
        self.sweep = SweepOrphans(unit_of_work=self.unit_of_work, images=self.store, clock=self.clock, wait=self.wait)

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return self.is_stopping

    def store_at(self, moment: datetime, *keys: ImageKey) -> None:
        self.clock.advance(moment - self.clock.now())
        self.store.put_all(dict.fromkeys(keys, b"picture"))

    def store_orphans(self, *keys: ImageKey) -> None:
        self.store_at(NOON, *keys)
        self.store_at(NOON + 2 * HOUR)


def test_a_picture_without_a_prediction_goes_when_it_is_an_hour_old() -> None:
    world, uuid = World(), uuid_at(NOON)
    world.store_at(NOON, picture_of(uuid), picture_of(uuid_at(NOON, 2)))
    keep(world.unit_of_work, a_prediction(uuid=uuid, image=picture_of(uuid)))
    world.store_at(NOON + HOUR - SECOND)
    assert world.sweep.count() == world.sweep.execute() == Sweep()
    world.store_at(NOON + HOUR)
    assert world.sweep.count() == Sweep(1, 7)
    assert len(world.store) == 2
    assert world.sweep.execute() == Sweep(1, 7)
    assert world.store.get(picture_of(uuid)) == b"picture"
    assert world.sweep.execute() == Sweep()


@pytest.mark.parametrize("uuid", [uuid_at(NOON + 1.5 * HOUR), uuid_at(NOON + 90 * HOUR)])
def test_a_uuid_that_is_young_protects_its_picture_even_if_the_store_takes_it_for_old(uuid: UUID) -> None:
    world = World()
    world.store_orphans(picture_of(uuid))
    assert world.sweep.execute() == Sweep()
    assert len(world.store) == 1


def test_a_picture_that_was_just_stored_stays_even_if_its_uuid_is_from_a_clock_that_is_slow() -> None:
    world = World()
    world.store_at(NOON + 2 * HOUR, picture_of(uuid_at(NOON - 9 * HOUR)))
    assert world.sweep.execute() == Sweep()
    assert len(world.store) == 1


def test_what_has_not_the_name_of_one_of_our_pictures_stays() -> None:
    world, uuid = World(), uuid_at(NOON)
    foreign = [
        f"00/{'-' * 36}.jpg",
        f"abcdef0/{uuid}.jpg",
        f"{uuid.hex[:7]}/{uuid}.txt",
        f"01/{UUID(int=1)}.jpg",  # no time in it
    ]
    world.store_orphans(*map(ImageKey, foreign))
    assert world.sweep.execute() == Sweep()
    assert len(world.store) == len(foreign)


def test_keys_of_the_older_kind_are_swept_too() -> None:
    world, uuid = World(), uuid_at(NOON)
    world.store_orphans(ImageKey(f"{uuid.hex[-2:]}/{uuid}.png"))
    assert world.sweep.execute() == Sweep(1, 7)


def test_younger_ones_than_told_stay_but_an_hour_is_the_least() -> None:
    world = World()
    world.store_orphans(picture_of(uuid_at(NOON)))
    assert world.sweep.execute(min_age=3 * HOUR) == Sweep()
    world.store_at(NOON + 2 * HOUR, picture_of(uuid_at(NOON + 1.5 * HOUR)))
    assert world.sweep.execute(min_age=SECOND) == Sweep(1, 7)
    assert len(world.store) == 1


def test_a_folder_with_suspiciously_many_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.store_orphans(*(picture_of(uuid_at(NOON, number)) for number in (1, 2, 3)), picture_of(uuid_at(NOON - HOUR)))
    with caplog.at_level(logging.WARNING):
        assert world.sweep.execute(most_in_folder=2) == Sweep(4, 28, left=3)
    [record] = caplog.records
    assert (record.getMessage(), record.__dict__["count"]) == (
        "folder left alone: too many pictures without a prediction",
        3,
    )
    assert len(world.store) == 3
    assert world.sweep.execute() == Sweep(3, 21)


def test_it_pauses_after_each_folder_and_a_stopping_process_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SweepOrphans, "CHUNK", 2)
    world = World()
    world.store_orphans(*(picture_of(uuid_at(NOON - hours * HOUR, n)) for hours in (0, 1) for n in (1, 2, 3)))
    world.is_stopping = True
    assert world.sweep.execute() == Sweep(3, 21)
    world.is_stopping = False
    assert world.sweep.execute() == Sweep(3, 21)
    assert world.waits[:1] == [SweepOrphans.PAUSE]
    assert len(world.store) == 0
