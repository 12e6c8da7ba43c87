"""The threads of the RabbitMQ adapters, without a broker."""

from adapters.lifecycle.part import Part
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.job_consumer import RabbitMQJobConsumer
from adapters.rabbitmq.publisher import RabbitMQJobPublisher
from adapters.rabbitmq.topology import Topology
from tests.harness.service import eventually

# What no client of AMQP takes for an address: it raises ValueError, where a broker that is away raises AMQPError.
TWO_HOSTS = Topology("amqp://h1:5672,h2:5673/", "jobs")


def parts() -> list[Part]:
    return [
        RabbitMQJobPublisher(TWO_HOSTS, lambda _uuids: None),
        RabbitMQJobConsumer(TWO_HOSTS, prefetch=1),
        RabbitMQCompletionFeed(TWO_HOSTS),
    ]


def test_an_unexpected_error_neither_ends_a_thread_nor_goes_unnoticed() -> None:
    for part in parts():
        part.start()
        failure = eventually(lambda part=part: part.failure, seconds=20)  # type: ignore[misc]
        assert isinstance(failure, ValueError)
        # Another one: the thread has tried again.
        assert eventually(lambda part=part, first=failure: part.failure is not first, seconds=20)  # type: ignore[misc]
        part.stop()
