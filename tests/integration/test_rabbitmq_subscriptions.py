"""Subscriptions that the broker has forgotten, while the connection and its channels live."""

from collections.abc import Iterator
from uuid import uuid4

import pika
import pytest
from pika import BlockingConnection

from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.subscription import Subscription
from domain.errors import QueueUnavailable
from domain.prediction_state import StateChange
from tests.harness.builders import a_prediction
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import eventually
from tests.harness.technologies.rabbitmq import RabbitMQDeployment, channel_to

QUIET_SECONDS = 0.3


@pytest.fixture
def connection(rabbitmq: RabbitMQServer | GivenBroker) -> Iterator[BlockingConnection]:
    connection = BlockingConnection(pika.URLParameters(rabbitmq.url))
    yield connection
    connection.close()


class Subscriber:
    """A subscription to a queue of its own, tended as the consumer tends it."""

    def __init__(self, connection: BlockingConnection) -> None:
        self.connection = connection
        self.channel = connection.channel()
        self.queue = self.channel.queue_declare(f"test.{uuid4()}", exclusive=True).method.queue
        self.received: list[tuple[int, bytes, bool]] = []
        self.subscription = Subscription(connection, self.queue, 10, QUIET_SECONDS, self._on_message)

    def _on_message(self, _subscription: Subscription, method: object, _properties: object, body: bytes) -> None:
        assert isinstance(method, pika.spec.Basic.Deliver)
        self.received.append((method.delivery_tag, body, bool(method.redelivered)))

    def publish(self, body: bytes) -> None:
        self.channel.basic_publish("", self.queue, body)

    def bodies(self) -> list[bytes]:
        """What was received after one more round of the connection's thread."""
        self.subscription.tend()
        self.connection.process_data_events(0.05)
        return [body for _, body, _ in self.received]

    def forget(self) -> None:
        """Let the broker forget the subscription, without the channel noticing."""
        channel = self.subscription._channel
        for tag in channel.consumer_tags:
            channel._impl._send_method(pika.spec.Basic.Cancel(tag, nowait=True))

    def consumers(self) -> int:
        return int(self.channel.queue_declare(self.queue, passive=True).method.consumer_count)


def test_a_subscription_that_the_broker_forgot_is_made_anew(connection: BlockingConnection) -> None:
    subscriber = Subscriber(connection)
    subscriber.forget()
    eventually(lambda: subscriber.consumers() == 0)
    subscriber.publish(b"1")
    assert eventually(lambda: subscriber.bodies() or None) == [b"1"]


def test_a_quiet_subscription_is_kept_while_something_of_it_is_in_hand(connection: BlockingConnection) -> None:
    subscriber = Subscriber(connection)
    subscriber.publish(b"1")
    eventually(lambda: subscriber.bodies() == [b"1"])
    channel = subscriber.subscription._channel
    connection.sleep(2 * QUIET_SECONDS)
    subscriber.bodies()
    assert subscriber.subscription._channel is channel
    subscriber.subscription.acknowledge(subscriber.received[0][0])
    eventually(lambda: subscriber.bodies() and subscriber.subscription._channel is not channel)
    assert [(body, redelivered) for _, body, redelivered in subscriber.received] == [(b"1", False)]


def test_the_deletion_of_the_queue_ends_the_subscription(connection: BlockingConnection) -> None:
    subscriber = Subscriber(connection)
    subscriber.channel.queue_delete(subscriber.queue)

    def is_ended() -> bool:
        try:
            subscriber.bodies()
        except QueueUnavailable:
            return True
        return False

    assert eventually(is_ended)


def test_news_come_again_after_their_exchange_was_declared_anew(world: RabbitMQDeployment) -> None:
    feed = RabbitMQCompletionFeed(world.topology, QUIET_SECONDS)
    heard = list[StateChange]()
    feed.listen(heard.extend)
    feed.start()
    eventually(lambda: feed.is_connected)
    with channel_to(world.topology) as channel:
        channel.exchange_delete(world.topology.events)
        channel.exchange_declare(**world.topology.events_exchange)  # the binding of the feed is gone

    def heard_at_last() -> bool:
        world.publisher.announce([a_prediction(1)])
        return bool(heard)

    eventually(heard_at_last)
    feed.stop()


def test_a_feed_whose_queue_was_deleted_gets_another(world: RabbitMQDeployment) -> None:
    feed = RabbitMQCompletionFeed(world.topology)
    heard = list[StateChange]()
    feed.listen(heard.extend)
    feed.start()
    eventually(lambda: feed.is_connected)
    feed.do(lambda channel: channel._impl._send_method(pika.spec.Queue.Delete(queue=feed._queue, nowait=True)))

    def heard_at_last() -> bool:
        world.publisher.announce([a_prediction(1)])
        return bool(heard)

    eventually(heard_at_last)
    feed.stop()
