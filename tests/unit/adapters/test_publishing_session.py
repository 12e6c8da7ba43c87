"""The publisher's bookkeeping of what the broker confirms and returns, without a broker."""

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

import pika
import pytest
from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic, BasicProperties

from adapters.rabbitmq.publishing_session import PublishingSession
from adapters.rabbitmq.topology import Topology
from tests.harness.builders import NOON, a_prediction
from tests.harness.servers.process import free_port

JOB = a_prediction(1).job


class FakeChannel:
    """A channel that keeps what is published, and fails once it is closed, as pika's does."""

    def __init__(self) -> None:
        self.is_open = True
        self.published: list[BasicProperties] = []

    def basic_publish(self, _exchange: str, _key: str, _body: bytes, properties: Any, mandatory: bool) -> None:
        assert self.is_open
        assert mandatory
        self.published.append(properties)

    def close(self, _code: int, _text: str) -> None:
        self.is_open = False


class Published:
    """A session that has published `JOB` twice, and neither is confirmed yet."""

    def __init__(self) -> None:
        self.confirmed: list[UUID] = []
        broker = pika.URLParameters(f"amqp://127.0.0.1:{free_port()}/")
        self.session = PublishingSession(broker, Topology((), "jobs"), self.confirmed.extend)
        self.channel = FakeChannel()
        self.session._on_ready(cast(Channel, self.channel))
        self.publish()

    def publish(self) -> None:
        self.session.publish([JOB, JOB], NOON)
        self.session._publish_waiting()

    def give_back(self, number: int) -> None:
        self.session._on_returned(cast(Channel, self.channel), Basic.Return(), self.channel.published[number - 1], b"")

    def confirm(self, number: int, *, multiple: bool = False) -> None:
        self.session._on_confirmation(Method(1, Basic.Ack(number, multiple)))


@pytest.fixture
def published() -> Iterator[Published]:
    published = Published()
    yield published
    published.session._connection.ioloop.close()


def test_nothing_that_was_returned_counts_as_confirmed(published: Published) -> None:
    for act in (published.give_back, published.confirm):
        for number in (1, 2):
            act(number)
    assert published.confirmed == []


@pytest.mark.parametrize("returned", [1, 2])
def test_one_of_two_messages_of_a_job_is_returned(published: Published, returned: int) -> None:
    published.give_back(returned)
    published.confirm(2, multiple=True)
    assert published.confirmed == [JOB.uuid]


def test_nothing_is_published_on_a_channel_that_is_being_closed(published: Published) -> None:
    published.give_back(1)
    assert not published.session.is_open
    published.publish()
    assert len(published.channel.published) == 2
