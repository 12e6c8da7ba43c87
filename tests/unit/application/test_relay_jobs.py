from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory import FixedClock, LimitedRetry, MemoryJobQueue, MemoryUnitOfWork
from application.ports.queue.lane_gauge import LaneGauge, LaneReading
from application.turns.lane_allowance import LaneAllowance
from application.upkeep.confirm_jobs import ConfirmJobs
from application.upkeep.relay_jobs import RelayJobs, RelayRules
from application.upkeep.release_lost_jobs import ReleaseLostJobs
from domain.access.owner import Owner
from domain.errors import QueueUnavailable
from domain.priority import ORDINARY, Priority
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction
from tests.unit.application.faulty_database import FaultyDatabase

RULES = RelayRules(grace=timedelta(seconds=2), again_after=timedelta(seconds=10), lost_after=timedelta(seconds=60))


class World:
    """Picture 1 was accepted at noon."""

    def __init__(self) -> None:
        self.unit_of_work, self.clock = MemoryUnitOfWork(), FixedClock(NOON)
        self.queue = MemoryJobQueue(self.clock)
        given: dict[str, Any] = {"publisher": self.queue, "lanes": self.queue, "clock": self.clock}
        self.relay = RelayJobs(rules=RULES, unit_of_work=self.unit_of_work, **given)
        self.release_lost = ReleaseLostJobs(rules=RULES, unit_of_work=self.unit_of_work, **given)
        self.confirm = ConfirmJobs(unit_of_work=self.unit_of_work, clock=self.clock, retry=LimitedRetry())
        keep(self.unit_of_work, a_prediction(1))

    def publish(self, *numbers: int, priority: Priority = ORDINARY) -> None:
        """Accept and publish pictures, and record that the broker has them."""
        predictions = [a_prediction(n, priority=priority, due_at=self.clock.now()) for n in numbers]
        keep(self.unit_of_work, *predictions)
        self.queue.publish([prediction.job for prediction in predictions])
        self.confirm.execute([prediction.uuid for prediction in predictions])

    def begin(self, *numbers: int) -> None:
        """Begin attempts, as an engine does with jobs that it took."""
        with self.unit_of_work.begin() as tx:
            predictions = tx.predictions.lock([UUID(int=n) for n in numbers])
            for prediction in predictions:
                prediction.start(self.clock.now(), timedelta(days=9), "squeezenet1_0")
            tx.predictions.save(predictions)
            tx.commit()

    def publish_again(self) -> int:
        """Look for lost jobs, and relay; the number of jobs that were published."""
        self.release_lost.execute()
        return self.relay.execute()

    def published(self) -> list[int]:
        return [d.job.uuid.int for d in self.queue.receive(10_000, timedelta(0))]

    def relay_after(self, **time: float) -> list[int]:
        """Numbers of the predictions that the relay publishes after this time."""
        self.clock.advance(timedelta(**time))
        relayed = self.publish_again()
        published = self.published()
        assert relayed == len(published)
        return published


def test_a_new_job_is_not_published_during_its_grace() -> None:
    world = World()
    assert world.relay_after(seconds=1.9) == []
    assert world.relay_after(seconds=0.1) == [1]


def test_no_confirmation_needs_no_database() -> None:
    database = FaultyDatabase()
    ConfirmJobs(unit_of_work=database, clock=FixedClock(NOON), retry=LimitedRetry()).execute([])
    assert database.begun == 0


def test_an_unconfirmed_job_is_published_again_after_a_while() -> None:
    world = World()
    assert world.relay_after(seconds=2) == [1]
    assert world.relay_after(seconds=11.9) == []
    assert world.relay_after(seconds=0.1) == [1]


def test_a_confirmed_job_is_not_published_again() -> None:
    world = World()
    world.confirm.execute([UUID(int=1), UUID(int=9)])
    assert look_up(world.unit_of_work, 1).published_at == NOON
    assert world.relay_after(seconds=59.9) == []


def test_a_job_that_vanished_from_an_empty_queue_is_published_again() -> None:
    world = World()
    world.confirm.execute([UUID(int=1)])
    assert world.relay_after(seconds=0) == []
    assert world.relay_after(seconds=59.9) == []
    assert world.relay_after(seconds=0.1) == [1]
    assert look_up(world.unit_of_work, 1).published_at is None


@pytest.fixture
def busy() -> World:
    """Picture 1 is in work, and its queue never gets empty: 2 to 4 were published a minute apart."""
    world = World()
    world.begin(1)
    for number in (2, 3, 4):
        world.publish(number)
        world.clock.advance(timedelta(minutes=1))
    return world


def test_a_job_that_waits_is_not_lost_however_long_it_waits(busy: World) -> None:
    for _ in range(9):
        busy.clock.advance(timedelta(days=1))
        assert busy.publish_again() == 0
    assert busy.published() == [2, 3, 4]


def test_a_job_that_its_queue_has_passed_is_lost_though_others_wait(busy: World) -> None:
    busy.queue.purge()
    busy.publish(5)
    busy.clock.advance(timedelta(seconds=1))
    busy.publish(6)
    assert busy.publish_again() == 0
    assert [d.job.uuid.int for d in busy.queue.receive(1, timedelta(0))] == [5]
    busy.begin(5)
    assert busy.publish_again() == 0
    busy.clock.advance(timedelta(seconds=59.9))
    assert busy.publish_again() == 0
    busy.clock.advance(timedelta(seconds=0.1))
    assert busy.publish_again() == 3
    assert busy.published() == [6, 2, 3, 4]


def test_a_job_that_was_taken_has_time_to_begin_however_long_it_waited(busy: World) -> None:
    busy.clock.advance(timedelta(days=1))
    assert [d.job.uuid.int for d in busy.queue.receive(9, timedelta(0))] == [2, 3, 4]
    assert busy.relay_after(seconds=0) == []
    assert busy.relay_after(seconds=59.9) == []
    busy.begin(2, 3)
    assert busy.relay_after(seconds=0.1) == [4]


def test_a_lane_says_nothing_about_the_jobs_of_another(busy: World) -> None:
    busy.publish(7, 8, priority=Priority(9))
    assert [d.job.uuid.int for d in busy.queue.receive(2, timedelta(0))] == [7, 8]
    busy.begin(7, 8)
    for _ in range(3):
        busy.clock.advance(timedelta(minutes=1))
        assert busy.publish_again() == 0


def test_nothing_is_published_while_the_broker_is_unavailable() -> None:
    world = World()
    world.queue.disconnect()
    assert world.relay_after(hours=1) == []
    assert look_up(world.unit_of_work, 1) == a_prediction(1)


def test_a_processing_prediction_is_not_published() -> None:
    world = World()
    with world.unit_of_work.begin() as tx:
        [prediction] = tx.predictions.lock([UUID(int=1)])
        prediction.start(NOON, timedelta(minutes=1), "squeezenet1_0")
        tx.predictions.save([prediction])
        tx.commit()
    world.confirm.execute([UUID(int=1)])
    assert world.relay_after(hours=1) == []
    assert look_up(world.unit_of_work, 1) == prediction


def test_a_look_for_lost_jobs_tells_how_many_there_are() -> None:
    world = World()
    world.publish(*range(2, ReleaseLostJobs.BATCH + 10))
    world.queue.purge()
    assert world.release_lost.execute() == 0
    world.clock.advance(timedelta(seconds=60))
    assert world.release_lost.execute() == ReleaseLostJobs.BATCH + 8
    world.queue.disconnect()
    assert world.release_lost.execute() == 0


def test_each_lane_gets_no_more_than_it_has_room_for() -> None:
    world = World()
    keep(world.unit_of_work, *(a_prediction(n) for n in range(2, 1001)))
    keep(world.unit_of_work, *(a_prediction(n, priority=Priority(9)) for n in range(1001, 1011)))
    world.clock.advance(RULES.grace)
    assert world.relay.execute() == LaneAllowance.FIRST + 10
    assert world.relay.execute() == 0
    urgent, ordinary = range(1001, 1011), range(1, LaneAllowance.FIRST + 1)
    assert sorted(world.published()) == [*ordinary, *urgent]


def test_the_jobs_of_owners_are_published_in_turn() -> None:
    world = World()
    for owner in range(1, 4):
        numbers = range(1000 * owner, 1000 * owner + 500)
        keep(world.unit_of_work, *(a_prediction(n, owner=Owner(f"owner-{owner}")) for n in numbers))
    assert world.relay_after(seconds=2)[:4] == [1, 1000, 2000, 3000]
    keep(world.unit_of_work, a_prediction(4000, owner=Owner("owner-4"), due_at=world.clock.now() - RULES.grace))
    assert 4000 in world.relay_after(seconds=0.25)[:4]


def test_a_turn_goes_on_where_the_last_one_ended() -> None:
    world = World()
    for owner in range(100, 300):
        keep(world.unit_of_work, *(a_prediction(1000 * owner + n, owner=Owner(f"owner-{owner}")) for n in range(3)))
    first = [number // 1000 for number in world.relay_after(seconds=2)]
    assert len(first) == LaneAllowance.FIRST
    second = [number // 1000 for number in world.relay_after(seconds=0.25)]
    assert second[0] == first[-1] + 1
    assert len(second) == 2 * LaneAllowance.FIRST  # the lane had run empty


def test_a_long_backlog_of_one_owner_is_published_the_faster_the_faster_it_is_done() -> None:
    world = World()
    count = 10 * RelayJobs.BATCH
    keep(world.unit_of_work, *(a_prediction(n) for n in range(2, count + 1)))
    world.clock.advance(RULES.grace)
    order: list[int] = []
    rounds = 0
    while len(order) < count:
        order += world.relay_after(seconds=0)
        rounds += 1
    assert order == list(range(1, count + 1))
    assert rounds <= 8


def test_without_unpublished_jobs_nobody_looks_at_the_queue() -> None:
    world = World()
    world.confirm.execute([UUID(int=1)])
    relay = RelayJobs(
        rules=RULES,
        unit_of_work=world.unit_of_work,
        publisher=world.queue,
        lanes=UnreadableLanes(),
        clock=world.clock,
    )
    assert relay.execute() == 0


class UnreadableLanes(LaneGauge):
    def read_lanes(self) -> Sequence[LaneReading]:
        raise QueueUnavailable
