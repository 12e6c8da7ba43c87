from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, LimitedRetry, MemoryJobQueue, MemoryUnitOfWork
from application.ports.queue.queue_gauge import QueueGauge, QueueReading
from application.upkeep.confirm_jobs import ConfirmJobs
from application.upkeep.relay_jobs import RelayJobs, RelayRules
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction
from tests.unit.application.faulty_database import FaultyDatabase

RULES = RelayRules(
    grace=timedelta(seconds=2),
    again_after=timedelta(seconds=10),
    vanished_after=timedelta(seconds=60),
    lost_after=timedelta(minutes=30),
)


class Gauge(QueueGauge):
    """Gives the reading that the test sets."""

    jobs = 0

    def read(self) -> QueueReading:
        return QueueReading(self.jobs, workers=1)


class World:
    """Picture 1 was accepted at noon."""

    def __init__(self) -> None:
        self.unit_of_work, self.queue, self.clock = MemoryUnitOfWork(), MemoryJobQueue(), FixedClock(NOON)
        self.gauge = Gauge()
        self.relay = RelayJobs(
            rules=RULES, unit_of_work=self.unit_of_work, publisher=self.queue, queue=self.gauge, clock=self.clock
        )
        self.confirm = ConfirmJobs(unit_of_work=self.unit_of_work, clock=self.clock, retry=LimitedRetry())
        keep(self.unit_of_work, a_prediction(1))

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
    assert world.relay_after(seconds=60) == [1]
    assert look_up(world.unit_of_work, 1).published_at is None


def test_while_jobs_wait_a_published_job_counts_as_lost_only_much_later() -> None:
    world = World()
    world.gauge.jobs = 1
    world.confirm.execute([UUID(int=1)])
    assert world.relay_after(minutes=29) == []
    assert world.relay_after(minutes=1) == [1]


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
