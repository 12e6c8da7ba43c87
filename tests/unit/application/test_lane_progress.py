from datetime import timedelta

from application.ports.queue.lane_gauge import LaneReading
from application.upkeep.lane_progress import LaneProgress
from domain.priority import Priority
from tests.harness.builders import NOON

SECOND = timedelta(seconds=1)
LANE = (Priority(4), Priority(5))


def reading(waiting: int = 1, taken_until: float | None = None) -> list[LaneReading]:
    return [LaneReading(LANE, waiting, None if taken_until is None else NOON + taken_until * SECOND)]


def test_a_lane_of_which_nothing_was_taken_is_left_out() -> None:
    progress = LaneProgress(20 * SECOND)
    progress.note(reading(), NOON)
    assert progress.delivered(NOON + 99 * SECOND) == {}


def test_an_empty_lane_had_delivered_everything() -> None:
    progress = LaneProgress(20 * SECOND)
    progress.note(reading(waiting=0, taken_until=-99), NOON)
    assert progress.delivered(NOON + 19.9 * SECOND) == {}
    assert progress.delivered(NOON + 20 * SECOND) == {LANE: NOON}


def test_it_looks_back_as_far_as_it_is_told() -> None:
    progress = LaneProgress(20 * SECOND)
    for second in range(100):
        progress.note(reading(taken_until=second - 1000), NOON + second * SECOND)
    assert progress.delivered(NOON + 99 * SECOND) == {LANE: NOON + (79 - 1000) * SECOND}
    assert progress.delivered(NOON + 110 * SECOND) == {LANE: NOON + (90 - 1000) * SECOND}


def test_readings_that_follow_at_once_take_no_memory() -> None:
    progress = LaneProgress(20 * SECOND)
    for number in range(1000):
        progress.note(reading(taken_until=number), NOON + number * SECOND / 1000)
    assert progress.delivered(NOON + 20 * SECOND) == {LANE: NOON}
    assert progress.delivered(NOON + 99 * SECOND) == {LANE: NOON}


def test_it_goes_on_after_the_clock_was_set_back() -> None:
    progress = LaneProgress(20 * SECOND)
    progress.note(reading(taken_until=0), NOON + 3600 * SECOND)
    progress.note(reading(taken_until=1), NOON)
    assert progress.delivered(NOON + 20 * SECOND) == {LANE: NOON + SECOND}
