"""Queues are deleted, connections are cut, and the broker is killed."""

import time

import pytest

from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from domain.errors import QueueUnavailable
from domain.prediction_state import StateChange
from domain.priority import ORDINARY, Priority
from tests.contracts.job_queue import NOT_LONG, numbers
from tests.harness.builders import a_prediction
from tests.harness.servers.process import GivenServer
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import eventually
from tests.harness.technologies.rabbitmq import RabbitMQDeployment, channel_to, is_healthy


@pytest.fixture
def broker(rabbitmq: RabbitMQServer | GivenBroker) -> RabbitMQServer:
    """A broker that may be harmed."""
    if isinstance(rabbitmq, GivenServer):
        pytest.skip("the broker is not ours")
    return rabbitmq


@pytest.mark.parametrize("priority", [ORDINARY, Priority(9)], ids=str)
def test_a_deleted_queue_is_declared_again_and_nothing_unroutable_is_confirmed(
    world: RabbitMQDeployment, priority: Priority
) -> None:
    with channel_to(world.topology) as channel:
        channel.queue_delete(world.topology.queue_of(priority))
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


def test_cut_connections_come_back(broker: RabbitMQServer, world: RabbitMQDeployment) -> None:
    for _ in range(3):
        broker.ctl("close_all_connections", "test")
        eventually(lambda: is_healthy(world.queue) and is_healthy(world.publisher))
    world.publish(1)
    assert numbers(world.receive()) == [1]


def test_news_come_again_after_the_connections_were_cut(
    broker: RabbitMQServer, world: RabbitMQDeployment, feed: RabbitMQCompletionFeed
) -> None:
    heard = list[StateChange]()
    feed.listen(heard.extend)
    broker.ctl("close_all_connections", "test")
    eventually(lambda: feed.is_connected and world.publisher.is_connected)

    def heard_at_last() -> bool:
        # The connections may be those from before, which do not know yet that they were cut.
        world.publisher.announce([a_prediction(1)])
        return bool(heard)

    eventually(heard_at_last)


def test_a_restart_of_the_broker_is_survived_with_what_was_confirmed(
    broker: RabbitMQServer, world: RabbitMQDeployment
) -> None:
    world.publish(1, 2)
    eventually(lambda: len(world.confirmed) == 2)
    # RabbitMQ 3.10 that is killed within a second or so of a quorum queue's declaration forgets the queue's log.
    time.sleep(3)
    broker.kill()
    eventually(lambda: not world.publisher.is_connected)
    with pytest.raises(QueueUnavailable):
        world.gauge.read()
    broker.start()
    eventually(lambda: is_healthy(world.queue) and is_healthy(world.publisher))
    world.publish(3)
    received: set[int] = set()

    def all_of_them() -> bool:
        received.update(numbers(world.queue.receive(10, NOT_LONG)))
        return received == {1, 2, 3}

    assert eventually(all_of_them)
