"""Contract of a queue gauge."""

from abc import abstractmethod

import pytest

from application.ports.queue.queue_gauge import QueueGauge, QueueReading
from tests.contracts.job_queue import Deployment
from tests.harness.service import eventually


class QueueGaugeContract:
    # How many jobs a worker takes ahead of those it was asked for.
    AHEAD = 0

    @pytest.fixture
    @abstractmethod
    def world(self) -> Deployment:
        """An empty queue with one worker."""

    @pytest.fixture
    @abstractmethod
    def gauge(self, world: Deployment) -> QueueGauge:
        """The gauge of the world's queue."""

    def test_nothing_waits_in_an_empty_queue(self, gauge: QueueGauge) -> None:
        assert eventually(lambda: gauge.read() == QueueReading(waiting=0, workers=1))

    def test_it_counts_what_is_in_no_hands(self, world: Deployment, gauge: QueueGauge) -> None:
        world.submit(*range(1, self.AHEAD + 6))
        assert eventually(lambda: gauge.read() == QueueReading(waiting=5, workers=1))
        done = world.receive(limit=2)
        world.finish(*done)
        world.queue.acknowledge(done)
        assert eventually(lambda: gauge.read().waiting == 3)

    def test_it_counts_every_priority(self, world: Deployment, gauge: QueueGauge) -> None:
        world.submit(*range(1, self.AHEAD + 3), priority=0)
        world.submit(*range(1001, self.AHEAD + 1004), priority=9)
        assert eventually(lambda: gauge.read().waiting == 5)

    def test_what_a_worker_holds_does_not_wait(self, world: Deployment, gauge: QueueGauge) -> None:
        world.submit(1, 2)
        assert len(world.receive(limit=2)) == 2
        assert eventually(lambda: gauge.read().waiting == 0)
