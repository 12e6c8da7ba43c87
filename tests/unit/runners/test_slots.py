"""Sizes of batches by their time, on a clock that the test sets."""

from datetime import timedelta

import pytest

from adapters.runners.slots import Slot


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run(slot: Slot, clock: Clock, seconds: float, count: int | None = None) -> int:
    with slot.at_work(slot.batch_size if count is None else count):
        clock.now += seconds
    return slot.batch_size


def test_cheap_pictures_come_in_full_batches(clock: Clock) -> None:
    slot = Slot(8, timedelta(seconds=30), clock)
    assert [run(slot, clock, 0.2) for _ in range(3)] == [8, 8, 8]
    assert run(slot, clock, 0.0, count=1) == 8


def test_dear_pictures_come_in_batches_of_two_seconds(clock: Clock) -> None:
    slot = Slot(8, timedelta(seconds=30), clock)
    assert run(slot, clock, 8.0) == 2
    assert run(slot, clock, 60.0) == 1


def test_batches_grow_again_by_doubling(clock: Clock) -> None:
    slot = Slot(8, timedelta(seconds=30), clock)
    run(slot, clock, 60.0)
    assert [run(slot, clock, 0.01) for _ in range(4)] == [2, 4, 8, 8]


def test_a_batch_that_fails_counts_as_well(clock: Clock) -> None:
    slot = Slot(8, timedelta(seconds=30), clock)

    def fail() -> None:
        with slot.at_work(8):
            clock.now += 8
            raise MemoryError

    with pytest.raises(MemoryError):
        fail()
    assert slot.batch_size == 2
    assert not slot.stands_still


def test_a_slot_that_works_on_one_batch_for_long_stands_still(clock: Clock) -> None:
    slot = Slot(8, timedelta(seconds=30), clock)
    clock.now += 100
    assert not slot.stands_still
    with slot.at_work(8):
        clock.now += 29
        assert not slot.stands_still
        clock.now += 2
        assert slot.stands_still
    assert not slot.stands_still
