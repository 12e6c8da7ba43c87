"""The fixtures of the contract suites over a broker, which is the fixture `rabbitmq`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pika
import pytest

from adapters.memory import FixedClock
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.job_consumer import RabbitMQJobConsumer
from adapters.rabbitmq.publisher import RabbitMQJobPublisher
from adapters.rabbitmq.queue_gauge import RabbitMQLaneGauge, RabbitMQQueueGauge
from adapters.rabbitmq.topology import Topology
from application.ports.queue.job_queue import Delivery
from domain.errors import QueueUnavailable
from domain.job import Job
from domain.prediction import Prediction
from domain.priority import ORDINARY, Priority
from tests.contracts.job_queue import LONG
from tests.contracts.lane_gauge import TimedDeployment
from tests.harness.builders import a_prediction
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import eventually

PREFETCH = 100


class RabbitMQDeployment(TimedDeployment):
    """A queue of its own in the broker, a publisher and a consumer."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.confirmed: list[UUID] = []
        self.submitted = 0
        self.clock = FixedClock()
        self.publisher: RabbitMQJobPublisher = RabbitMQJobPublisher(topology, self.confirmed.extend, self.clock)
        self.publisher.start()
        self._start_engine()
        eventually(lambda: self.publisher.is_connected)

    def _start_engine(self) -> None:
        self.queue: RabbitMQJobConsumer = RabbitMQJobConsumer(self.topology, PREFETCH)
        self.gauge = RabbitMQQueueGauge(self.topology, self.queue)
        self.lanes = RabbitMQLaneGauge(self.topology, self.queue)
        self.queue.start()
        eventually(lambda: is_healthy(self.queue))

    def commit(self, *predictions: Prediction) -> None:
        """The rows are somewhere else."""

    def submit(self, *numbers: int, priority: int = ORDINARY.level) -> None:
        super().submit(*numbers, priority=priority)
        self.submitted += len(numbers)

    def finish(self, *deliveries: Delivery) -> None:
        """The rows are somewhere else."""

    def settle(self) -> None:
        eventually(lambda: len(self.confirmed) == self.submitted and self.gauge.read().waiting == 0)
        time.sleep(0.1)  # what left the broker is on its way through the connection's thread

    def lose_engine(self) -> None:
        # Dying is what the broker sees when the connection ends.
        self.queue.stop()
        self._start_engine()

    def receive(self, limit: int = 10, timeout: timedelta = LONG) -> list[Delivery]:
        """As the port's, but a broker sends one by one: wait until as many are here as are on their way."""
        if timeout == LONG:
            time.sleep(0.3)
        return super().receive(limit, timeout)

    def publish(self, *predictions: int, priority: Priority = ORDINARY) -> list[Job]:
        jobs = [a_prediction(number, priority=priority).job for number in predictions]
        self.publisher.publish(jobs)
        return jobs

    def stop(self) -> None:
        self.queue.stop()
        self.publisher.stop()


def is_healthy(part: RabbitMQJobConsumer | RabbitMQJobPublisher) -> bool:
    try:
        part.check()
    except QueueUnavailable:
        return False
    return True


@contextmanager
def channel_to(topology: Topology) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    connection = pika.BlockingConnection(topology.connection_parameters("test"))
    try:
        yield connection.channel()
    finally:
        connection.close()


def remove(topology: Topology) -> None:
    """Leave nothing of it behind."""
    with channel_to(topology) as channel:
        for queue in (*topology.queues, topology.dead_letters):
            channel.queue_delete(queue)
        channel.exchange_delete(topology.dead_letter_exchange)
        channel.exchange_delete(topology.events)


@pytest.fixture
def world(rabbitmq: RabbitMQServer | GivenBroker) -> Iterator[RabbitMQDeployment]:
    topology = Topology((rabbitmq.url,), f"test.{uuid4()}")
    world = RabbitMQDeployment(topology)
    yield world
    world.stop()
    remove(topology)


@pytest.fixture
def feed(world: RabbitMQDeployment) -> Iterator[RabbitMQCompletionFeed]:
    feed = RabbitMQCompletionFeed(world.topology)
    feed.start()
    eventually(lambda: feed.is_connected)
    yield feed
    feed.stop()


class RabbitMQFixtures:
    """Each port's adapter over the broker."""

    @pytest.fixture
    def world(self, world: RabbitMQDeployment) -> RabbitMQDeployment:
        return world

    @pytest.fixture
    def gauge(self, world: RabbitMQDeployment) -> RabbitMQQueueGauge:
        return world.gauge

    @pytest.fixture
    def lanes(self, world: RabbitMQDeployment) -> RabbitMQLaneGauge:
        return world.lanes

    @pytest.fixture
    def feed(self, feed: RabbitMQCompletionFeed) -> RabbitMQCompletionFeed:
        return feed

    @pytest.fixture
    def announcer(self, world: RabbitMQDeployment) -> RabbitMQJobPublisher:
        return world.publisher
