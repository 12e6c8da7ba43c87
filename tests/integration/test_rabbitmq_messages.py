"""Jobs and news as messages: confirmed, urgent, old, rejected and malformed ones."""

import json
import time
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.rabbitmq.codec import encode
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.topology import Topology
from domain.prediction_state import StateChange
from domain.priority import ORDINARY, Priority
from tests.contracts.completion_feed import wait_for
from tests.contracts.job_queue import numbers
from tests.harness.builders import a_prediction
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import eventually
from tests.harness.technologies.rabbitmq import PREFETCH, RabbitMQDeployment, channel_to, remove


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


def test_a_delivery_tells_how_long_it_has_been_here(world: RabbitMQDeployment) -> None:
    world.publish(1, 2)
    began = time.monotonic()
    assert eventually(lambda: len(world.queue.receive(1, timedelta())) == 1)
    time.sleep(0.5)
    [second] = world.queue.receive(1, timedelta())
    assert timedelta(seconds=0.5) <= second.waited <= timedelta(seconds=time.monotonic() - began)


def test_a_queue_from_before_there_were_priorities_goes_on(rabbitmq: RabbitMQServer | GivenBroker) -> None:
    topology = Topology((rabbitmq.url,), f"test.{uuid4()}")
    old = {key: value for key, value in json.loads(encode(a_prediction(1).job)).items() if key != "priority"}
    with channel_to(topology) as channel:
        for method, arguments in topology.declarations():
            if arguments.get("queue") in (None, topology.queue, topology.dead_letters):
                getattr(channel, method)(**arguments)
        channel.basic_publish("", topology.queue, json.dumps(old).encode())
    world = RabbitMQDeployment(topology)
    world.publish(2, priority=Priority(9))
    assert sorted(numbers(world.receive())) == [1, 2]
    world.stop()
    remove(topology)


@pytest.mark.parametrize("priority", [Priority(0), ORDINARY, Priority(9)], ids=str)
def test_a_rejected_job_is_among_the_dead_letters(world: RabbitMQDeployment, priority: Priority) -> None:
    world.publish(1, priority=priority)
    world.queue.reject(world.receive())
    with channel_to(world.topology) as channel:
        body = eventually(lambda: channel.basic_get(world.topology.dead_letters, auto_ack=True)[2])
    assert str(UUID(int=1)).encode() in body


@pytest.mark.parametrize("body", [b"not json", b"[]", b"{}", b'{"version": 1, "uuid": "x"}', b"null"])
def test_a_message_that_is_no_job_does_no_harm(world: RabbitMQDeployment, body: bytes) -> None:
    with channel_to(world.topology) as channel:
        channel.basic_publish("", world.topology.queue, body)
        assert eventually(lambda: channel.basic_get(world.topology.dead_letters, auto_ack=True)[2]) == body
    world.publish(1)
    assert numbers(world.receive()) == [1]


def test_a_message_of_a_newer_version_is_left_for_a_newer_worker(world: RabbitMQDeployment) -> None:
    body = b'{"version": 2, "uuid": "x"}'
    with channel_to(world.topology) as channel:
        channel.basic_publish("", world.topology.queue, body)
        world.publish(1)
        deliveries = world.receive()
        assert numbers(deliveries) == [1]
        world.queue.acknowledge(deliveries)
        world.queue.stop()
        assert eventually(lambda: channel.basic_get(world.topology.queue)[2]) == body
        assert channel.basic_get(world.topology.dead_letters)[2] is None


def test_the_unbounded_queue_of_dead_letters_from_before_is_left_as_it_is(
    rabbitmq: RabbitMQServer | GivenBroker,
) -> None:
    topology = Topology((rabbitmq.url,), f"test.{uuid4()}")
    old = topology.dead_letter_exchange
    with channel_to(topology) as channel:
        channel.exchange_declare(topology.dead_letter_exchange, "fanout", durable=True)
        channel.queue_declare(old, durable=True, arguments={"x-queue-type": "quorum"})
        channel.queue_bind(old, topology.dead_letter_exchange)
        channel.basic_publish(topology.dead_letter_exchange, "", b"old")
        world = RabbitMQDeployment(topology)
        world.publish(1)
        world.queue.reject(world.receive())
        assert eventually(lambda: channel.basic_get(topology.dead_letters, auto_ack=True)[2])
        assert channel.basic_get(old, auto_ack=True)[2] == b"old"
        assert channel.basic_get(old, auto_ack=True)[2] is None
        world.stop()
        channel.queue_delete(old)
    remove(topology)


def test_a_message_that_is_no_news_does_no_harm(world: RabbitMQDeployment, feed: RabbitMQCompletionFeed) -> None:
    heard = list[StateChange]()
    feed.listen(heard.extend)
    with channel_to(world.topology) as channel:
        for body in (b"not json", b'{"version": 2}', b'{"version": 1, "changed": [["x", "queued"]]}', b"null"):
            channel.basic_publish(world.topology.events, "", body)
    world.publisher.announce([a_prediction(1)])
    wait_for(heard, 1)
