"""The threads of the RabbitMQ adapters, without a broker."""

import pytest

from adapters.lifecycle.part import Part
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.job_consumer import RabbitMQJobConsumer
from adapters.rabbitmq.publisher import RabbitMQJobPublisher
from adapters.rabbitmq.topology import Topology
from tests.harness.limits import NO_MORE, limited
from tests.harness.servers.process import free_port
from tests.harness.service import eventually

# What no client of AMQP takes for an address: it raises ValueError, where a broker that is away raises AMQPError.
TWO_HOSTS = Topology("amqp://h1:5672,h2:5673/", "jobs")


def parts(topology: Topology) -> list[Part]:
    return [
        RabbitMQJobPublisher(topology, lambda _uuids: None),
        RabbitMQJobConsumer(topology, prefetch=1),
        RabbitMQCompletionFeed(topology),
    ]


def test_an_unexpected_error_neither_ends_a_thread_nor_goes_unnoticed() -> None:
    for part in parts(TWO_HOSTS):
        part.start()
        failure = eventually(lambda part=part: part.failure, seconds=20)  # type: ignore[misc]
        assert isinstance(failure, ValueError)
        # Another one: the thread has tried again.
        assert eventually(lambda part=part, first=failure: part.failure is not first, seconds=20)  # type: ignore[misc]
        part.stop()


def test_without_file_descriptors_the_broker_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    started = parts(Topology(f"amqp://127.0.0.1:{free_port()}/", "jobs"))
    with limited(0, NO_MORE):
        for part in started:
            part.start()
        expected = {"publisher", "consumer", "completion feed"}
        eventually(lambda: expected <= {vars(record).get("part") for record in caplog.records}, seconds=20)
    assert [part.failure for part in started] == [None, None, None]
    for part in started:
        part.stop()
