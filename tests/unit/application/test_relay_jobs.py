from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, LimitedRetry, MemoryJobQueue, MemoryUnitOfWork
from application.upkeep.confirm_jobs import ConfirmJobs
from application.upkeep.relay_jobs import RelayJobs, RelayRules
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
        self.relay = RelayJobs(
            rules=RULES, unit_of_work=self.unit_of_work, publisher=self.queue, lanes=self.queue, clock=self.clock
        )
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

    def published(self) -> list[int]:
        return [d.job.uuid.int for d in self.queue.receive(10_000, timedelta(0))]

    def relay_after(self, **time: float) -> list[int]:
        """Numbers of the predictions that the relay publishes after this time."""
        self.clock.advance(timedelta(**time))
        relayed = self.relay.execute()
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
        assert busy.relay.execute() == 0
    assert busy.published() == [2, 3, 4]


def test_a_job_that_its_queue_has_passed_is_lost_though_others_wait(busy: World) -> None:
    busy.queue.purge()
    busy.publish(5)
    busy.clock.advance(timedelta(seconds=1))
    busy.publish(6)
    assert busy.relay.execute() == 0
    assert [d.job.uuid.int for d in busy.queue.receive(1, timedelta(0))] == [5]
    busy.begin(5)
    assert busy.relay.execute() == 0
    busy.clock.advance(timedelta(seconds=59.9))
    assert busy.relay.execute() == 0
    busy.clock.advance(timedelta(seconds=0.1))
    assert busy.relay.execute() == 3
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
        assert busy.relay.execute() == 0


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


@pytest.mark.parametrize("count", [RelayJobs.BATCH + 1])
def test_many_are_published_in_several_transactions_the_oldest_first(count: int) -> None:
    world = World()
    keep(world.unit_of_work, *(a_prediction(n) for n in range(2, count + 1)))
    assert world.relay_after(seconds=2) == list(range(1, count + 1))
