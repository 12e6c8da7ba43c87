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
    """Shows what the test says."""

    jobs = 0

    def read(self) -> QueueReading:
        return QueueReading(self.jobs, workers=1)


class House:
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
        """What the relay publishes when so much more time has passed."""
        self.clock.advance(timedelta(**time))
        relayed = self.relay.execute()
        published = self.published()
        assert relayed == len(published)
        return published


def test_whoever_accepted_it_has_a_moment_to_publish_it() -> None:
    house = House()
    assert house.relay_after(seconds=1.9) == []
    assert house.relay_after(seconds=0.1) == [1]


def test_no_confirmation_needs_no_database() -> None:
    database = FaultyDatabase()
    ConfirmJobs(unit_of_work=database, clock=FixedClock(NOON), retry=LimitedRetry()).execute([])
    assert database.begun == 0


def test_what_is_not_confirmed_is_published_again_but_not_at_once() -> None:
    house = House()
    assert house.relay_after(seconds=2) == [1]
    assert house.relay_after(seconds=11.9) == []
    assert house.relay_after(seconds=0.1) == [1]


def test_what_is_confirmed_is_left_alone() -> None:
    house = House()
    house.confirm.execute([UUID(int=1), UUID(int=9)])
    assert look_up(house.unit_of_work, 1).published_at == NOON
    assert house.relay_after(seconds=59.9) == []


def test_what_vanished_from_an_empty_queue_is_published_again() -> None:
    house = House()
    house.confirm.execute([UUID(int=1)])
    assert house.relay_after(seconds=60) == [1]
    assert look_up(house.unit_of_work, 1).published_at is None


def test_while_jobs_wait_one_that_waits_long_has_not_vanished() -> None:
    house = House()
    house.gauge.jobs = 1
    house.confirm.execute([UUID(int=1)])
    assert house.relay_after(minutes=29) == []
    assert house.relay_after(minutes=1) == [1]


def test_without_a_broker_everything_waits() -> None:
    house = House()
    house.queue.disconnect()
    assert house.relay_after(hours=1) == []
    assert look_up(house.unit_of_work, 1) == a_prediction(1)


def test_one_in_work_is_none_of_the_relay_s_business() -> None:
    house = House()
    with house.unit_of_work.begin() as tx:
        [prediction] = tx.predictions.lock([UUID(int=1)])
        prediction.start(NOON, timedelta(minutes=1), "squeezenet1_0")
        tx.predictions.save([prediction])
        tx.commit()
    house.confirm.execute([UUID(int=1)])
    assert house.relay_after(hours=1) == []
    assert look_up(house.unit_of_work, 1) == prediction


@pytest.mark.parametrize("count", [RelayJobs.BATCH + 1])
def test_many_are_published_in_several_transactions_the_oldest_first(count: int) -> None:
    house = House()
    keep(house.unit_of_work, *(a_prediction(n) for n in range(2, count + 1)))
    assert house.relay_after(seconds=2) == list(range(1, count + 1))
