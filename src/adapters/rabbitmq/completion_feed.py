"""Receives state changes from every process."""

import logging

from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from adapters.rabbitmq.codec import UnknownMessage, decode_state_changes
from adapters.rabbitmq.connection_thread import ConnectionThread
from adapters.rabbitmq.topology import Topology
from application.ports.queue.completion_feed import CompletionFeed, Listener

_log = logging.getLogger(__name__)


class RabbitMQCompletionFeed(ConnectionThread, CompletionFeed):
    """Receives over a connection of its own, with a queue that is deleted with the connection.

    Nothing is acknowledged or stored: while the broker is unavailable no changes arrive, and waiting clients poll.
    """

    def __init__(self, topology: Topology) -> None:
        super().__init__(topology, "completion feed", self._consume)
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def _consume(self, channel: BlockingChannel) -> None:
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, self._topology.events)
        channel.basic_consume(queue, self._on_message, auto_ack=True)

    def _on_message(
        self, _channel: BlockingChannel, _method: Basic.Deliver, _properties: BasicProperties, body: bytes
    ) -> None:
        try:
            changes = decode_state_changes(body)
        except UnknownMessage as error:
            _log.error("a message is no state change", extra={"reason": str(error)})
            return
        for listener in self._listeners:
            listener(changes)
