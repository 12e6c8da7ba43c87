"""Contract of a gauge of the queue's lanes."""

from abc import abstractmethod
from datetime import timedelta

import pytest

from adapters.memory import FixedClock
from application.ports.queue.lane_gauge import LaneGauge, LaneReading
from domain.priority import ORDINARY, Priority
from tests.contracts.job_queue import Deployment, numbers
from tests.harness.service import eventually

MINUTE = timedelta(minutes=1)


class TimedDeployment(Deployment):
    """A queue whose publisher reads a clock that the test moves on."""

    clock: FixedClock


def lane_of(lanes: LaneGauge, priority: Priority = ORDINARY) -> LaneReading:
    [lane] = [lane for lane in lanes.read_lanes() if priority in lane.priorities]
    return lane


class LaneGaugeContract:
    # How many jobs a worker takes ahead of those it was asked for.
    AHEAD = 0

    @pytest.fixture
    @abstractmethod
    def world(self) -> TimedDeployment:
        """An empty queue with one worker."""

    @pytest.fixture
    @abstractmethod
    def lanes(self, world: TimedDeployment) -> LaneGauge:
        """The gauge of the lanes of the world's queue."""

    def test_each_priority_is_in_one_lane(self, lanes: LaneGauge) -> None:
        levels = [priority.level for lane in lanes.read_lanes() for priority in lane.priorities]
        assert sorted(levels) == list(range(10))

    def test_nothing_waits_in_an_empty_queue_and_nothing_was_taken(self, lanes: LaneGauge) -> None:
        for lane in lanes.read_lanes():
            assert (lane.waiting, lane.taken_until) == (0, None)

    def test_it_counts_what_waits_in_each_lane(self, world: TimedDeployment, lanes: LaneGauge) -> None:
        world.submit(*range(1, self.AHEAD + 3), priority=0)
        world.submit(*range(1001, self.AHEAD + 1004), priority=9)
        assert eventually(lambda: lane_of(lanes, Priority(0)).waiting == 2 and lane_of(lanes, Priority(9)).waiting == 3)
        assert lane_of(lanes).waiting == 0

    def test_it_knows_when_the_latest_taken_job_was_published(self, world: TimedDeployment, lanes: LaneGauge) -> None:
        began = world.clock.now()
        for number in (1, 2, 3):
            world.submit(number)
            world.clock.advance(MINUTE)
        assert numbers(world.receive(limit=2)) == [1, 2]
        assert lane_of(lanes).taken_until == began + MINUTE
        assert lane_of(lanes, Priority(0)).taken_until is None
