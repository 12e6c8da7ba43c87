"""Jobs that the broker lost, and those that only wait."""

from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import LimitedRetry, MemoryUnitOfWork
from application.upkeep.confirm_jobs import ConfirmJobs
from application.upkeep.relay_jobs import RelayRules
from application.upkeep.release_lost_jobs import ReleaseLostJobs
from tests.contracts.job_queue import numbers
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import a_prediction
from tests.harness.service import eventually
from tests.harness.technologies.rabbitmq import PREFETCH, RabbitMQDeployment, channel_to

SECOND = timedelta(seconds=1)


class Watched:
    """A real queue whose rows are in memory, and who looks for lost jobs."""

    def __init__(self, world: RabbitMQDeployment) -> None:
        self.world, self.unit_of_work = world, MemoryUnitOfWork()
        self.confirm = ConfirmJobs(unit_of_work=self.unit_of_work, clock=world.clock, retry=LimitedRetry())
        self.release_lost = ReleaseLostJobs(
            rules=RelayRules(lost_after=SECOND),
            unit_of_work=self.unit_of_work,
            publisher=world.publisher,
            lanes=world.lanes,
            clock=world.clock,
        )

    def submit(self, *numbers: int) -> None:
        keep(self.unit_of_work, *(a_prediction(n, due_at=self.world.clock.now()) for n in numbers))
        self.world.publish(*numbers)
        uuids = [UUID(int=n) for n in numbers]
        assert eventually(lambda: set(uuids) <= set(self.world.confirmed))
        self.confirm.execute(uuids)

    def finish_next(self, limit: int) -> list[int]:
        """Take jobs and finish them, so that the broker delivers others."""
        taken: list[int] = []
        while len(taken) < limit:
            deliveries = self.world.receive(limit - len(taken))
            taken += numbers(deliveries)
            with self.unit_of_work.begin() as tx:
                predictions = tx.predictions.lock([d.job.uuid for d in deliveries])
                for prediction in predictions:
                    prediction.cancel(self.world.clock.now())
                tx.predictions.save(predictions)
                tx.commit()
            self.world.queue.acknowledge(deliveries)
        return taken


@pytest.fixture
def watched(world: RabbitMQDeployment) -> Watched:
    """Its worker has its hands full, so that the next jobs wait in the queue."""
    watched = Watched(world)
    watched.submit(*range(1, PREFETCH + 1))
    world.clock.advance(SECOND)
    return watched


def test_a_purged_job_is_noticed_once_though_its_queue_never_gets_empty(watched: Watched) -> None:
    world = watched.world
    watched.submit(9001)
    eventually(lambda: world.gauge.read().waiting == 1)
    with channel_to(world.topology) as channel:
        channel.queue_purge(world.topology.queue)
    world.clock.advance(SECOND)
    watched.submit(1001)
    world.clock.advance(SECOND)
    watched.submit(*range(1002, 2 * PREFETCH + 1101))
    assert watched.release_lost.execute() == 0
    assert watched.finish_next(PREFETCH + 1) == [*range(1, PREFETCH + 1), 1001]
    assert world.gauge.read().waiting > 0
    assert watched.release_lost.execute() == 0
    world.clock.advance(SECOND)
    assert watched.release_lost.execute() == 1
    world.clock.advance(SECOND)
    assert watched.release_lost.execute() == 0
    assert watched.finish_next(2 * PREFETCH + 99) == list(range(1002, 2 * PREFETCH + 1101))
    assert look_up(watched.unit_of_work, 9001).published_at is None


def test_an_old_backlog_is_not_lost(watched: Watched) -> None:
    watched.submit(*range(1001, 1051))
    for _ in range(3):
        watched.world.clock.advance(timedelta(days=1))
        assert watched.release_lost.execute() == 0
    assert len(watched.finish_next(PREFETCH + 25)) == PREFETCH + 25
    assert watched.world.gauge.read().waiting == 0
    assert watched.release_lost.execute() == 0
