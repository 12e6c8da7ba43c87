"""Contract of a job queue. `Deployment` is what the test controls of the world around it."""

import threading
from abc import ABC, abstractmethod
from datetime import timedelta

import pytest

from application.ports.queue.job_queue import Delivery, JobConsumer, JobPublisher
from domain.prediction import Prediction
from domain.priority import ORDINARY, Priority
from tests.harness.builders import a_prediction

NOT_LONG = timedelta(seconds=0.05)
LONG = timedelta(seconds=20)


class Deployment(ABC):
    """A queue with its rows."""

    publisher: JobPublisher
    queue: JobConsumer

    @abstractmethod
    def commit(self, *predictions: Prediction) -> None:
        """Keep the predictions, as submitting does before it publishes."""

    @abstractmethod
    def finish(self, *deliveries: Delivery) -> None:
        """Record results, as the engine does before it acknowledges."""

    @abstractmethod
    def lose_engine(self) -> None:
        """The engine dies with what it holds, after it counted its attempts, and a new one starts."""

    def settle(self) -> None:  # noqa: B027 (where nothing is on its way, there is nothing to wait for)
        """Wait until what was submitted is where engines can have it."""

    def submit(self, *numbers: int, priority: int = ORDINARY.level) -> None:
        predictions = [a_prediction(number, priority=Priority(priority)) for number in numbers]
        self.commit(*predictions)
        self.publisher.publish([p.job for p in predictions])

    def receive(self, limit: int = 10, timeout: timedelta = LONG) -> list[Delivery]:
        return self.queue.receive(limit, timeout)


def numbers(deliveries: list[Delivery]) -> list[int]:
    return [delivery.job.uuid.int for delivery in deliveries]


class JobQueueContract:
    @pytest.fixture
    @abstractmethod
    def world(self) -> Deployment:
        """An empty queue."""

    def test_delivers_what_was_published_in_its_order(self, world: Deployment) -> None:
        world.submit(1, 2, 3)
        deliveries = world.receive()
        assert [d.job for d in deliveries] == [a_prediction(n).job for n in (1, 2, 3)]
        assert not any(d.redelivered for d in deliveries)

    def test_delivers_the_most_urgent_first(self, world: Deployment) -> None:
        for number, priority in enumerate((5, 0, 9, 5, 4, 9, 6, 3), 1):
            world.submit(number, priority=priority)
        world.settle()
        deliveries = world.receive(limit=4)
        assert numbers(deliveries) == [3, 6, 7, 1]
        assert [d.job.priority.level for d in deliveries] == [9, 9, 6, 5]
        assert numbers(world.receive(limit=3, timeout=NOT_LONG)) == [4, 5, 8]
        assert numbers(world.receive(limit=3, timeout=NOT_LONG)) == [2]

    @pytest.mark.parametrize("limit", [1, 3, 8])
    def test_what_can_wait_is_not_forgotten(self, world: Deployment, limit: int) -> None:
        world.submit(1, 2, priority=0)
        world.settle()  # each queue of a broker delivers for itself; these two have waited longest
        world.submit(*range(3, 43), priority=9)
        world.settle()
        order: list[int] = []
        while len(order) < 24:
            order += numbers(world.receive(limit, NOT_LONG))
        assert {1, 2} <= set(order[:16])
        assert 1 in order[:8]
        assert [number for number in order if number > 2] == list(range(3, 3 + len(order) - 2))

    def test_delivers_at_most_the_limit_and_nothing_twice(self, world: Deployment) -> None:
        world.submit(1, 2, 3)
        assert numbers(world.receive(limit=2)) == [1, 2]
        assert numbers(world.receive(limit=2)) == [3]
        assert world.receive(timeout=NOT_LONG) == []

    def test_does_not_wait_for_a_full_batch(self, world: Deployment) -> None:
        world.submit(1)
        assert numbers(world.receive(limit=8)) == [1]

    def test_an_empty_queue_gives_nothing_after_the_timeout(self, world: Deployment) -> None:
        assert world.receive(timeout=NOT_LONG) == []

    def test_publishing_wakes_a_waiting_engine(self, world: Deployment) -> None:
        received: list[Delivery] = []
        engine = threading.Thread(target=lambda: received.extend(world.receive()))
        engine.start()
        world.submit(7)
        engine.join(timeout=20)
        assert numbers(received) == [7]

    def test_closing_wakes_a_waiting_engine(self, world: Deployment) -> None:
        engine = threading.Thread(target=world.receive)
        engine.start()
        world.queue.close()
        engine.join(timeout=20)
        assert not engine.is_alive()
        world.submit(1)
        assert world.receive(timeout=NOT_LONG) == []

    def test_an_empty_batch_is_no_work(self, world: Deployment) -> None:
        world.queue.close()
        world.publisher.publish([])
        world.queue.acknowledge([])
        world.queue.reject([])

    def test_what_was_acknowledged_never_comes_back(self, world: Deployment) -> None:
        world.submit(1, 2)
        first = world.receive(limit=1)
        world.finish(*first)
        world.queue.acknowledge(first)
        world.lose_engine()
        assert numbers(world.receive()) == [2]

    def test_what_a_lost_engine_held_comes_back_marked(self, world: Deployment) -> None:
        world.submit(1, 2, 3)
        world.receive(limit=2)
        world.lose_engine()
        deliveries: list[Delivery] = []
        while len(deliveries) < 3:
            deliveries += world.receive(limit=3)
        deliveries.sort(key=lambda d: d.job.uuid.int)
        # The third was not yet in an engine's hands, but may already have been on its way.
        assert numbers(deliveries) == [1, 2, 3]
        assert all(d.redelivered for d in deliveries[:2])

    def test_two_engines_share_the_work(self, world: Deployment) -> None:
        world.submit(*range(1, 101))
        received: list[Delivery] = []

        def work() -> None:
            while deliveries := world.receive(limit=3, timeout=NOT_LONG):
                received.extend(deliveries)

        engines = [threading.Thread(target=work) for _ in range(4)]
        for engine in engines:
            engine.start()
        for engine in engines:
            engine.join()
        assert sorted(numbers(received)) == list(range(1, 101))
