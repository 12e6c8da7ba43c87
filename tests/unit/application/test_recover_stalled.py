from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, MemoryCompletionFeed, MemoryJobQueue, MemoryUnitOfWork
from application.upkeep.recover_stalled import RecoverStalled
from domain.errors import DatabaseUnavailable
from domain.prediction_state import PredictionStatus, StateChange
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction
from tests.unit.application.faulty_database import Fault, FaultyDatabase

LEASE = timedelta(minutes=1)


class World:
    def __init__(self, unit_of_work: MemoryUnitOfWork | None = None) -> None:
        self.unit_of_work = MemoryUnitOfWork() if unit_of_work is None else unit_of_work
        self.queue, self.clock = MemoryJobQueue(), FixedClock(NOON)
        self.feed, self.changes = MemoryCompletionFeed(), list[StateChange]()
        self.feed.listen(self.changes.extend)
        self.recover = RecoverStalled(
            unit_of_work=self.unit_of_work, publisher=self.queue, announcer=self.feed, clock=self.clock
        )

    def start(self, *numbers: int) -> None:
        for number in numbers:
            prediction = a_prediction(number)
            prediction.start(self.clock.now(), LEASE, "squeezenet1_0")
            keep(self.unit_of_work, prediction)

    def published(self) -> list[int]:
        return sorted(d.job.uuid.int for d in self.queue.receive(10_000, timedelta(0)))


def test_only_predictions_whose_lease_ran_out_are_queued_again() -> None:
    world = World()
    world.start(1)
    keep(world.unit_of_work, a_prediction(2))
    world.clock.advance(LEASE)
    world.start(3)

    assert world.recover.execute() == 1
    assert world.published() == [1]
    assert look_up(world.unit_of_work, 1).status is PredictionStatus.QUEUED
    assert look_up(world.unit_of_work, 1).due_at == world.clock.now()
    assert look_up(world.unit_of_work, 1).attempts == 1
    assert look_up(world.unit_of_work, 3).status is PredictionStatus.PROCESSING
    assert world.recover.execute() == 0


def test_without_engines_leases_are_not_waited_for() -> None:
    world = World()
    world.start(1, 2)
    assert world.recover.execute(engines_are_gone=True) == 2
    assert world.published() == [1, 2]


def test_many_are_recovered_in_several_transactions() -> None:
    world = World()
    world.start(*range(1, RecoverStalled.BATCH + 3))
    assert world.recover.execute(engines_are_gone=True) == RecoverStalled.BATCH + 2
    assert len(world.published()) == RecoverStalled.BATCH + 2


def test_recovered_predictions_are_announced() -> None:
    world = World()
    world.start(1)
    world.clock.advance(LEASE)
    world.recover.execute()
    assert world.changes == [StateChange(UUID(int=1), PredictionStatus.QUEUED)]


def away(world: World, database: FaultyDatabase) -> None:
    """An outage of the database that lasts for two looks of the recovery, and longer than a lease."""
    database.faults = [Fault.AWAY, Fault.AWAY]
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            world.recover.execute()
    world.clock.advance(LEASE)


def test_after_an_outage_engines_have_time_to_renew_their_leases() -> None:
    world = World(database := FaultyDatabase())
    world.start(1)
    away(world, database)
    assert world.recover.execute() == 0
    assert look_up(world.unit_of_work, 1).status is PredictionStatus.PROCESSING
    assert world.recover.execute() == 1


def test_without_engines_nobody_needs_time_after_an_outage() -> None:
    world = World(database := FaultyDatabase())
    world.start(1)
    away(world, database)
    assert world.recover.execute(engines_are_gone=True) == 1
