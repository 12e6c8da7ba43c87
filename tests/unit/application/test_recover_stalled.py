from datetime import timedelta
from uuid import UUID

from adapters.memory import FixedClock, MemoryCompletionFeed, MemoryJobQueue, MemoryUnitOfWork
from application.upkeep.recover_stalled import RecoverStalled
from domain.prediction_state import PredictionStatus, StateChange
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction

LEASE = timedelta(minutes=1)


class World:
    def __init__(self) -> None:
        self.unit_of_work, self.queue, self.clock = MemoryUnitOfWork(), MemoryJobQueue(), FixedClock(NOON)
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
