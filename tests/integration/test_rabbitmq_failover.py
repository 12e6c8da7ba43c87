"""Several brokers of which some are dead, and connections that end in an unforeseen way."""

import gc
import socket
from collections.abc import Iterator
from typing import cast
from uuid import uuid4

import pytest

from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.health import BrokerHealth
from adapters.rabbitmq.topology import Topology
from domain.job import Job
from domain.prediction_state import StateChange
from entrypoints.commands.checks import checks
from entrypoints.settings import Settings
from tests.contracts.completion_feed import wait_for
from tests.contracts.job_queue import numbers
from tests.harness.builders import a_prediction
from tests.harness.servers.process import GivenServer, free_port
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import eventually
from tests.harness.technologies.rabbitmq import RabbitMQDeployment, remove


@pytest.fixture(params=["refused", "unknown", "silent"])
def dead(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a broker that is not there, has no name, or hangs."""
    if request.param == "silent":
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield f"127.0.0.1:{server.getsockname()[1]}"
    else:
        yield f"127.0.0.1:{free_port()}" if request.param == "refused" else "gone.invalid:5672"


def test_a_dead_broker_is_in_nobodys_way(dead: str, rabbitmq: RabbitMQServer | GivenBroker) -> None:
    queue = f"test.{uuid4()}"
    topology = Topology((f"amqp://guest:Zq7secret@{dead}/?stack_timeout=0.5", rabbitmq.url), queue)
    world = RabbitMQDeployment(topology)
    feed = RabbitMQCompletionFeed(topology)
    heard = list[StateChange]()
    feed.listen(heard.extend)
    feed.start()
    eventually(lambda: feed.is_connected)
    world.publish(1)
    assert numbers(world.receive()) == [1]
    assert world.gauge.read().workers == 1
    world.publisher.announce([a_prediction(1)])
    wait_for(heard, 1)
    assert BrokerHealth(topology).unavailable_brokers() == [dead]
    feed.stop()
    world.stop()
    remove(Topology((rabbitmq.url,), queue))


def test_the_doctor_names_the_dead_broker_and_no_password(rabbitmq: RabbitMQServer | GivenBroker) -> None:
    settings = Settings(broker_url=f"amqp://guest:Zq7secret@127.0.0.1:9/ {rabbitmq.url}")
    found = next(check.run() for check in checks(settings) if check.name == "broker")
    assert found.startswith("answers in ")
    assert found.endswith(" ms, but not at 127.0.0.1:9")


def test_an_unforeseen_error_leaves_no_connection_behind(
    rabbitmq: RabbitMQServer | GivenBroker, world: RabbitMQDeployment
) -> None:
    if isinstance(rabbitmq, GivenServer):
        pytest.skip("it takes rabbitmqctl")

    def publishers() -> int:
        return rabbitmq.ctl("list_connections", "client_properties").count("predictor publisher")

    gc.disable()
    try:
        world.publisher.publish([cast(Job, "no job")])
        assert eventually(lambda: world.publisher.failure)
        eventually(lambda: world.publisher.is_connected)
        assert publishers() == 1
    finally:
        gc.enable()
    world.publish(1)
    assert numbers(world.receive()) == [1]
