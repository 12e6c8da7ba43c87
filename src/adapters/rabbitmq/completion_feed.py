"""Receives state changes from every process."""

import logging
import time

from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from adapters.rabbitmq.codec import UnknownMessage, decode_state_changes
from adapters.rabbitmq.connection_thread import ConnectionThread
from adapters.rabbitmq.topology import Topology
from application.ports.queue.completion_feed import CompletionFeed, Listener
from domain.errors import QueueUnavailable

_log = logging.getLogger(__name__)

# Time without a change after which the queue is bound again; waiting clients poll meanwhile.
_QUIET_SECONDS = 15.0


class RabbitMQCompletionFeed(ConnectionThread, CompletionFeed):
    """Receives over a connection of its own, with a queue that is deleted with the connection.

    Nothing is acknowledged or stored: while the broker is unavailable no changes arrive, and waiting clients poll.
    When it was quiet for a while the queue is bound again: the exchange may have been deleted and declared again, and
    the binding went with it.

    Args:
        topology: names the exchange.
        quiet_seconds: time without a change after which the queue is bound again.
    """

    def __init__(self, topology: Topology, quiet_seconds: float = _QUIET_SECONDS) -> None:
        super().__init__(topology, "completion feed", self._consume, self._bind_if_quiet)
        self._quiet_seconds = quiet_seconds
        self._last_sign = 0.0
        self._queue = ""
        self._was_canceled = False
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def _consume(self, channel: BlockingChannel) -> None:
        self._queue = channel.queue_declare("", exclusive=True).method.queue
        self._was_canceled = False
        channel.add_on_cancel_callback(self._on_canceled)
        channel.basic_consume(self._queue, self._on_message, auto_ack=True)
        self._bind(channel)

    def _bind(self, channel: BlockingChannel) -> None:
        channel.exchange_declare(**self._topology.events_exchange)
        channel.queue_bind(self._queue, self._topology.events)
        self._last_sign = time.monotonic()

    def _bind_if_quiet(self, channel: BlockingChannel) -> None:
        if self._was_canceled:
            raise QueueUnavailable("The queue of the completion feed was deleted.")
        if time.monotonic() - self._last_sign > self._quiet_seconds:
            self._bind(channel)

    def _on_canceled(self, _method: object) -> None:
        self._was_canceled = True

    def _on_message(
        self, _channel: BlockingChannel, _method: Basic.Deliver, _properties: BasicProperties, body: bytes
    ) -> None:
        self._last_sign = time.monotonic()
        try:
            changes = decode_state_changes(body)
        except UnknownMessage as error:
            _log.error("a message is no state change", extra={"reason": str(error)})
            return
        for listener in self._listeners:
            listener(changes)
