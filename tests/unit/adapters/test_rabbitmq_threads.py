"""The threads of the RabbitMQ adapters, without a broker."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pika
import pytest

from adapters.lifecycle.part import Part
from adapters.memory import FixedClock
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.errors import NotConnected
from adapters.rabbitmq.failover import Failover
from adapters.rabbitmq.job_consumer import RabbitMQJobConsumer
from adapters.rabbitmq.publisher import RabbitMQJobPublisher
from adapters.rabbitmq.topology import Topology
from domain.errors import QueueUnavailable
from tests.harness.limits import NO_MORE, limited
from tests.harness.servers.process import free_port
from tests.harness.service import eventually

# What no client of AMQP takes for an address: it raises ValueError, where a broker that is away raises AMQPError.
TWO_HOSTS = Topology(("amqp://h1:5672,h2:5673/",), "jobs")

THREE_BROKERS = Topology(("amqp://h1", "amqp://h2", "amqp://h3"), "jobs")


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that accepts a connection and never answers, as a frozen broker does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


def parts(topology: Topology) -> list[Part]:
    return [
        RabbitMQJobPublisher(topology, lambda _uuids: None, FixedClock()),
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


def test_each_broker_is_tried_until_one_takes_the_connection() -> None:
    tried = list[str]()

    def connect(broker: pika.URLParameters) -> None:
        tried.append(broker.host)
        if broker.host != "h3":
            raise NotConnected

    Failover(THREE_BROKERS, "test").use(connect)
    assert tried == ["h1", "h2", "h3"]


def test_without_any_broker_the_last_failure_is_told_after_one_round() -> None:
    tried = list[str]()

    def fail(broker: pika.URLParameters) -> None:
        tried.append(broker.host)
        raise NotConnected(broker.host)

    with pytest.raises(NotConnected, match="h3"):
        Failover(THREE_BROKERS, "test").use(fail)
    assert tried == ["h1", "h2", "h3"]


@pytest.mark.parametrize("failure", [QueueUnavailable, ZeroDivisionError])
def test_a_broker_that_fails_later_is_tried_again_after_the_others(failure: type[Exception]) -> None:
    tried = list[str]()
    failover = Failover(THREE_BROKERS, "test")

    def lose(broker: pika.URLParameters) -> None:
        tried.append(broker.host)
        raise failure

    for _ in range(4):
        with pytest.raises(failure):
            failover.use(lose)
    assert tried == ["h1", "h2", "h3", "h1"]


def test_a_publisher_that_is_stopped_while_it_connects_closes_its_socket(silent: socket.socket) -> None:
    url = f"amqp://127.0.0.1:{silent.getsockname()[1]}?stack_timeout=3600"
    publisher = RabbitMQJobPublisher(Topology((url,), "jobs"), lambda _uuids: None, FixedClock())
    publisher.start()
    with silent.accept()[0] as connection:
        connection.settimeout(20)
        assert connection.recv(100).startswith(b"AMQP")
        publisher.stop()
        assert connection.recv(100) == b""


def test_a_broker_that_never_answers_does_not_keep_the_next_from_being_tried(silent: socket.socket) -> None:
    with socket.create_server(("127.0.0.1", 0)) as second, ExitStack() as connections:
        second.settimeout(20)
        urls = tuple(f"amqp://127.0.0.1:{s.getsockname()[1]}?stack_timeout=0.2" for s in (silent, second))
        for part in parts(Topology(urls, "jobs")):
            part.start()
            for server in (silent, second):
                connections.enter_context(server.accept()[0])
            part.stop()


def test_without_file_descriptors_the_broker_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    started = parts(Topology((f"amqp://127.0.0.1:{free_port()}/",), "jobs"))
    with limited(0, NO_MORE):
        for part in started:
            part.start()
        expected = {"publisher", "consumer", "completion feed"}
        eventually(lambda: expected <= {vars(record).get("part") for record in caplog.records}, seconds=20)
    assert [part.failure for part in started] == [None, None, None]
    for part in started:
        part.stop()
