from datetime import timedelta
from uuid import UUID

from adapters.memory import FixedClock, MemoryCompletionFeed, MemoryUnitOfWork
from application.upkeep.expire_jobs import ExpireJobs
from domain.prediction_state import EXPIRED, PredictionStatus, StateChange
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction

MINUTE = timedelta(minutes=1)


class World:
    def __init__(self) -> None:
        self.unit_of_work, self.clock = MemoryUnitOfWork(), FixedClock(NOON)
        self.feed, self.changes = MemoryCompletionFeed(), list[StateChange]()
        self.feed.listen(self.changes.extend)
        self.expire = ExpireJobs(unit_of_work=self.unit_of_work, announcer=self.feed, clock=self.clock)


def test_an_expired_queued_prediction_fails_and_is_announced() -> None:
    world = World()
    keep(world.unit_of_work, a_prediction(1, expires_at=NOON + MINUTE), a_prediction(2, expires_at=NOON + 2 * MINUTE))
    keep(world.unit_of_work, a_prediction(3))
    assert world.expire.execute() == 0
    world.clock.advance(MINUTE)

    assert world.expire.execute() == 1
    assert look_up(world.unit_of_work, 1).failure == EXPIRED
    assert look_up(world.unit_of_work, 1).finished_at == NOON + MINUTE
    assert [look_up(world.unit_of_work, n).status for n in (2, 3)] == ["queued", "queued"]
    assert world.changes == [StateChange(UUID(int=1), PredictionStatus.FAILED)]
    assert world.expire.execute() == 0


def test_many_expire_in_several_transactions() -> None:
    world = World()
    keep(world.unit_of_work, *(a_prediction(n, expires_at=NOON) for n in range(1, ExpireJobs.BATCH + 3)))
    assert world.expire.execute() == ExpireJobs.BATCH + 2
    assert len(world.changes) == ExpireJobs.BATCH + 2
