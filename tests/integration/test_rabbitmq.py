"""The job queue over a real broker: the contract, and what brokers do to their clients."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pika
import pytest

from adapters.rabbitmq.broker import Broker
from adapters.rabbitmq.codec import encode
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.job_consumer import RabbitMQJobConsumer
from adapters.rabbitmq.publisher import RabbitMQJobPublisher
from adapters.rabbitmq.queue_gauge import RabbitMQQueueGauge
from application.ports.queue.job_queue import Delivery
from application.ports.queue.queue_gauge import QueueReading
from domain.errors import QueueUnavailable
from domain.job import Job
from domain.prediction import Prediction
from domain.prediction_state import StateChange
from domain.priority import ORDINARY, Priority
from tests.contracts.completion_feed import CompletionFeedContract, wait_for
from tests.contracts.job_queue import LONG, NOT_LONG, Deployment, JobQueueContract, numbers
from tests.contracts.queue_gauge import QueueGaugeContract
from tests.harness.builders import a_prediction
from tests.harness.servers.process import GivenServer
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import eventually

Server = RabbitMQServer | GivenBroker
PREFETCH = 100


class RabbitMQDeployment(Deployment):
    """A queue of its own in the broker, a publisher and a consumer."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.confirmed: list[UUID] = []
        self.submitted = 0
        self.publisher: RabbitMQJobPublisher = RabbitMQJobPublisher(broker, self.confirmed.extend)
        self.publisher.start()
        self._start_engine()
        eventually(lambda: self.publisher.is_connected)

    def _start_engine(self) -> None:
        self.queue: RabbitMQJobConsumer = RabbitMQJobConsumer(self.broker, PREFETCH)
        self.gauge = RabbitMQQueueGauge(self.broker, self.queue.connection)
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
def channel_to(broker: Broker) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    connection = pika.BlockingConnection(broker.parameters("test"))
    try:
        yield connection.channel()
    finally:
        connection.close()


@pytest.fixture
def world(rabbitmq: Server) -> Iterator[RabbitMQDeployment]:
    broker = Broker(rabbitmq.url, f"test.{uuid4()}")
    world = RabbitMQDeployment(broker)
    yield world
    world.stop()
    remove(broker)


def remove(broker: Broker) -> None:
    """Leave nothing of it behind."""
    with channel_to(broker) as channel:
        for queue in (*broker.queues, broker.dead_letters):
            channel.queue_delete(queue)
        channel.exchange_delete(broker.dead_letters)
        channel.exchange_delete(broker.events)


class TestRabbitMQJobQueue(JobQueueContract):
    @pytest.fixture
    def world(self, world: RabbitMQDeployment) -> RabbitMQDeployment:
        return world


class TestRabbitMQQueueGauge(QueueGaugeContract):
    AHEAD = PREFETCH

    @pytest.fixture
    def world(self, world: RabbitMQDeployment) -> RabbitMQDeployment:
        return world

    @pytest.fixture
    def gauge(self, world: RabbitMQDeployment) -> RabbitMQQueueGauge:
        return world.gauge


class TestRabbitMQQueueGaugeOfTheFeed(TestRabbitMQQueueGauge):
    """As the API reads it, which consumes no jobs."""

    @pytest.fixture
    def gauge(self, world: RabbitMQDeployment, feed: RabbitMQCompletionFeed) -> RabbitMQQueueGauge:
        return RabbitMQQueueGauge(world.broker, feed.connection)

    def test_it_counts_workers_that_come_and_go(self, world: RabbitMQDeployment, gauge: RabbitMQQueueGauge) -> None:
        second = RabbitMQJobConsumer(world.broker, PREFETCH)
        second.start()
        assert eventually(lambda: gauge.read().workers == 2)
        second.stop()
        assert eventually(lambda: gauge.read().workers == 1)
        world.queue.stop()
        assert eventually(lambda: gauge.read().workers == 0)

    def test_queues_that_are_gone_are_declared_again(
        self, world: RabbitMQDeployment, gauge: RabbitMQQueueGauge
    ) -> None:
        world.queue.stop()
        with channel_to(world.broker) as channel:
            channel.queue_delete(world.broker.queue)
        with pytest.raises(QueueUnavailable):
            gauge.read()

        def read_again() -> QueueReading | None:
            with suppress(QueueUnavailable):
                return gauge.read()
            return None

        assert eventually(read_again) == QueueReading(waiting=0, workers=0)


@pytest.fixture
def feed(world: RabbitMQDeployment) -> Iterator[RabbitMQCompletionFeed]:
    feed = RabbitMQCompletionFeed(world.broker)
    feed.start()
    eventually(lambda: feed.is_connected)
    yield feed
    feed.stop()


class TestRabbitMQCompletionFeed(CompletionFeedContract):
    @pytest.fixture
    def feed(self, feed: RabbitMQCompletionFeed) -> RabbitMQCompletionFeed:
        return feed

    @pytest.fixture
    def announcer(self, world: RabbitMQDeployment) -> RabbitMQJobPublisher:
        return world.publisher


def test_a_message_that_is_no_news_does_no_harm(world: RabbitMQDeployment, feed: RabbitMQCompletionFeed) -> None:
    heard = list[StateChange]()
    feed.listen(heard.extend)
    with channel_to(world.broker) as channel:
        for body in (b"not json", b'{"version": 2}', b'{"version": 1, "changed": [["x", "queued"]]}', b"null"):
            channel.basic_publish(world.broker.events, "", body)
    world.publisher.announce([a_prediction(1)])
    wait_for(heard, 1)


def test_news_come_again_after_the_connections_were_cut(
    rabbitmq: Server, world: RabbitMQDeployment, feed: RabbitMQCompletionFeed
) -> None:
    if isinstance(rabbitmq, GivenServer):
        pytest.skip("the broker is not ours")
    heard = list[StateChange]()
    feed.listen(heard.extend)
    rabbitmq.ctl("close_all_connections", "test")
    eventually(lambda: feed.is_connected and world.publisher.is_connected)

    def heard_at_last() -> bool:
        # The connections may be those from before, which do not know yet that they were cut.
        world.publisher.announce([a_prediction(1)])
        return bool(heard)

    eventually(heard_at_last)


def test_every_job_is_confirmed(world: RabbitMQDeployment) -> None:
    jobs = world.publish(*range(1, 1001))
    eventually(lambda: len(world.confirmed) == 1000)
    assert set(world.confirmed) == {job.uuid for job in jobs}


def test_an_urgent_job_reaches_hands_that_are_full_of_others(world: RabbitMQDeployment) -> None:
    world.publish(*range(1, PREFETCH + 51), priority=Priority(0))
    assert eventually(lambda: world.gauge.read().waiting == 50)
    world.publish(9999, priority=Priority(9))
    assert eventually(lambda: 9999 in [uuid.int for uuid in world.confirmed])
    assert numbers(world.receive(limit=1)) == [9999]


def test_a_queue_from_before_there_were_priorities_goes_on(rabbitmq: Server) -> None:
    broker = Broker(rabbitmq.url, f"test.{uuid4()}")
    old = {key: value for key, value in json.loads(encode(a_prediction(1).job)).items() if key != "priority"}
    with channel_to(broker) as channel:
        for method, arguments in broker.topology():
            if arguments.get("queue") in (None, broker.queue, broker.dead_letters):
                getattr(channel, method)(**arguments)
        channel.basic_publish("", broker.queue, json.dumps(old).encode())
    world = RabbitMQDeployment(broker)
    world.publish(2, priority=Priority(9))
    assert sorted(numbers(world.receive())) == [1, 2]
    world.stop()
    remove(broker)


@pytest.mark.parametrize("priority", [Priority(0), ORDINARY, Priority(9)], ids=str)
def test_a_rejected_job_is_among_the_dead_letters(world: RabbitMQDeployment, priority: Priority) -> None:
    world.publish(1, priority=priority)
    world.queue.reject(world.receive())
    with channel_to(world.broker) as channel:
        body = eventually(lambda: channel.basic_get(world.broker.dead_letters, auto_ack=True)[2])
    assert str(UUID(int=1)).encode() in body


@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"version": 2}', b'{"version": 1, "uuid": "x"}', b"null"])
def test_a_message_that_is_no_job_does_no_harm(world: RabbitMQDeployment, body: bytes) -> None:
    with channel_to(world.broker) as channel:
        channel.basic_publish("", world.broker.queue, body)
        assert eventually(lambda: channel.basic_get(world.broker.dead_letters, auto_ack=True)[2]) == body
    world.publish(1)
    assert numbers(world.receive()) == [1]


@pytest.mark.parametrize("priority", [ORDINARY, Priority(9)], ids=str)
def test_a_deleted_queue_is_declared_again_and_nothing_unroutable_is_confirmed(
    world: RabbitMQDeployment, priority: Priority
) -> None:
    with channel_to(world.broker) as channel:
        channel.queue_delete(world.broker.queue_of(priority))
    world.publish(1, priority=priority)
    # The first may be returned as unroutable or not; what counts is that only what is in the queue is confirmed.
    eventually(lambda: is_healthy(world.queue) and is_healthy(world.publisher))

    def published_again() -> list[int]:
        if world.publisher.is_connected and not world.confirmed:
            world.publish(1, priority=priority)
        return numbers(world.queue.receive(10, NOT_LONG))

    assert set(eventually(lambda: published_again() or None)) == {1}


def test_acknowledging_for_a_connection_that_is_gone_does_no_harm(world: RabbitMQDeployment) -> None:
    world.publish(1)
    before = world.receive()
    world.lose_engine()
    after = world.receive()
    world.queue.acknowledge(before)
    assert numbers(after) == [1]
    assert after[0].redelivered
    world.queue.acknowledge(after)
    world.lose_engine()
    assert world.receive(timeout=NOT_LONG) == []


def test_cut_connections_come_back(rabbitmq: Server, world: RabbitMQDeployment) -> None:
    if isinstance(rabbitmq, GivenServer):
        pytest.skip("the broker is not ours")
    for _ in range(3):
        rabbitmq.ctl("close_all_connections", "test")
        eventually(lambda: is_healthy(world.queue) and is_healthy(world.publisher))
    world.publish(1)
    assert numbers(world.receive()) == [1]


def test_a_restart_of_the_broker_is_survived_with_what_was_confirmed(
    rabbitmq: Server, world: RabbitMQDeployment
) -> None:
    if isinstance(rabbitmq, GivenServer):
        pytest.skip("the broker is not ours")
    world.publish(1, 2)
    eventually(lambda: len(world.confirmed) == 2)
    # RabbitMQ 3.10 that is killed within a second or so of a quorum queue's declaration forgets the queue's log.
    time.sleep(3)
    rabbitmq.kill()
    eventually(lambda: not world.publisher.is_connected)
    with pytest.raises(QueueUnavailable):
        world.gauge.read()
    rabbitmq.start()
    eventually(lambda: is_healthy(world.queue) and is_healthy(world.publisher))
    world.publish(3)
    received: set[int] = set()

    def all_of_them() -> bool:
        received.update(numbers(world.queue.receive(10, NOT_LONG)))
        return received == {1, 2, 3}

    assert eventually(all_of_them)
