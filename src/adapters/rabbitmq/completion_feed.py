"""Listening to what has changed, wherever it was announced."""

import logging

from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from adapters.lifecycle.part import Part
from adapters.rabbitmq.broker import Broker
from adapters.rabbitmq.codec import UnknownMessage, decode_state_changes
from adapters.rabbitmq.connection_thread import ConnectionThread
from application.ports.queue.completion_feed import CompletionFeed, Listener

_log = logging.getLogger(__name__)


class RabbitMQCompletionFeed(Part, CompletionFeed):
    """Listens in a thread of its own, over a connection of its own, with a queue that goes with the connection.

    Nothing is acknowledged and nothing is kept: while the broker is away there are no news, and those who wait look
    for themselves.

    Attributes:
        connection: the listener's; whoever has a question to the broker may ask it there.
    """

    name = "completion feed"

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._listeners: list[Listener] = []
        self.connection = ConnectionThread(broker, self.name, self._consume)

    @property
    def is_connected(self) -> bool:
        """Whether news arrive."""
        return self.connection.is_connected

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    @property
    def failure(self) -> BaseException | None:
        return self.connection.failure

    def start(self) -> None:
        self.connection.start()

    def stop(self) -> None:
        self.connection.stop()

    def _consume(self, channel: BlockingChannel) -> None:
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, self._broker.events)
        channel.basic_consume(queue, self._on_message, auto_ack=True)

    def _on_message(
        self, _channel: BlockingChannel, _method: Basic.Deliver, _properties: BasicProperties, body: bytes
    ) -> None:
        try:
            changes = decode_state_changes(body)
        except UnknownMessage as error:
            _log.error("a message is no news", extra={"reason": str(error)})
            return
        for listener in self._listeners:
            listener(changes)
