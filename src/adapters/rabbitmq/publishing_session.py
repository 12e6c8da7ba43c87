"""One connection of the publisher, from connecting to disconnecting.

It uses pika's asynchronous connection, since the blocking one waits a round trip for each confirmation. Everything
runs in the thread that calls `run`, except methods marked as thread-safe.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pika
from pika.adapters.select_connection import SelectConnection
from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic, BasicProperties

from adapters.rabbitmq.codec import encode, encode_state_changes, properties
from adapters.rabbitmq.errors import NotConnected, translated_errors
from adapters.rabbitmq.failover import address
from adapters.rabbitmq.topology import Topology
from domain.errors import QueueUnavailable
from domain.job import Job
from domain.prediction_state import StateChange

_log = logging.getLogger(__name__)

# Maximum number of state changes that wait for the broker; the oldest are dropped, since waiting clients also poll.
_MAX_CHANGES = 10_000
# For the broker's part in closing a connection after an unforeseen error.
_CLOSING_SECONDS = 2.0


class PublishingSession:
    """Connects, declares the topology, and publishes until the connection ends.

    Args:
        broker: to connect to.
        topology: to declare and publish to.
        on_confirmed: called with the uuids of jobs that the broker confirmed and did not return as unroutable.

    Raises:
        QueueUnavailable: connecting cannot begin.
    """

    def __init__(
        self, broker: pika.URLParameters, topology: Topology, on_confirmed: Callable[[Sequence[UUID]], None]
    ) -> None:
        self._broker = broker
        self._topology = topology
        self._on_confirmed = on_confirmed
        self._waiting: deque[tuple[Job, datetime | None]] = deque()
        self._changes: deque[StateChange] = deque(maxlen=_MAX_CHANGES)
        self._unconfirmed: dict[int, UUID] = {}
        self._last_tag = 0
        self._channel: Channel | None = None
        self._blocked = False
        self._closing = False
        self._was_ready = False
        self._lost: Exception | None = None
        with translated_errors():  # the event loop takes file descriptors
            self._connection = SelectConnection(
                broker,
                on_open_callback=self._on_connected,
                on_open_error_callback=self._on_connection_lost,
                on_close_callback=self._on_connection_lost,
            )

    def run(self) -> None:
        """Stay connected until `close` is called.

        Raises:
            NotConnected: the connection could not be made.
            QueueUnavailable: the connection was lost.
        """
        try:
            with translated_errors():
                self._connection.ioloop.start()
        finally:
            self._channel = None
            self._drop_connection()
            self._connection.ioloop.close()
        if not self._closing:
            raise (QueueUnavailable if self._was_ready else NotConnected) from self._lost

    @property
    def is_open(self) -> bool:
        """True if jobs can be published. Thread-safe."""
        return self._channel is not None and not self._blocked

    @property
    def waiting(self) -> int:
        """Number of jobs that are not confirmed yet. Thread-safe."""
        return len(self._waiting) + len(self._unconfirmed)

    def publish(self, jobs: Sequence[Job], at: datetime | None) -> None:
        """Publish soon. Thread-safe.

        Args:
            jobs: to be published.
            at: current time, if it is known.
        """
        self._waiting.extend((job, at) for job in jobs)
        self._connection.ioloop.add_callback_threadsafe(self._publish_waiting)

    def announce(self, changes: Sequence[StateChange]) -> None:
        """Publish state changes soon; unlike jobs, they may get lost. Thread-safe."""
        self._changes.extend(changes)
        self._connection.ioloop.add_callback_threadsafe(self._publish_state_changes)

    def close(self) -> None:
        """Disconnect. Thread-safe."""
        self._connection.ioloop.add_callback_threadsafe(self._close)

    def _close(self) -> None:
        self._closing = True
        self._close_connection()

    def _close_connection(self) -> None:
        """Begin to close the connection, open or not yet; `_on_connection_lost` follows."""
        self._channel = None  # nothing can be published any more
        if not (self._connection.is_closing or self._connection.is_closed):
            self._connection.close()

    def _drop_connection(self) -> None:
        """Close a connection that an unforeseen error left open: its socket would wait for the garbage collector."""
        if not self._connection.is_closed:
            self._close_connection()
            self._connection.ioloop.call_later(_CLOSING_SECONDS, self._connection.ioloop.stop)
            self._connection.ioloop.start()

    def _on_connected(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(self._on_blocked)
        connection.add_on_connection_unblocked_callback(self._on_unblocked)
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_returned)
        self._declare(channel, iter(self._topology.declarations()))

    def _declare(self, channel: Channel, steps: Iterator[tuple[str, dict[str, Any]]]) -> None:
        step = next(steps, None)
        if step is None:
            channel.confirm_delivery(self._on_confirmation, callback=lambda _ok: self._on_ready(channel))
            return
        method, arguments = step
        getattr(channel, method)(**arguments, callback=lambda _ok: self._declare(channel, steps))

    def _on_ready(self, channel: Channel) -> None:
        self._channel = channel
        self._was_ready = True
        _log.info("publisher ready", extra={"broker": address(self._broker)})

    def _publish_waiting(self) -> None:
        while self._waiting and (channel := self._channel):
            job, at = self._waiting.popleft()
            self._last_tag += 1
            self._unconfirmed[self._last_tag] = job.uuid
            queue = self._topology.queue_of(job.priority)
            channel.basic_publish("", queue, encode(job), properties(job, self._last_tag, at), mandatory=True)

    def _publish_state_changes(self) -> None:
        if self._changes and (channel := self._channel):
            changes = [self._changes.popleft() for _ in range(len(self._changes))]
            self._last_tag += 1  # confirmed like a job, but not recorded
            channel.basic_publish(self._topology.events, "", encode_state_changes(changes))

    def _on_confirmation(self, frame: Method[Basic.Ack | Basic.Nack]) -> None:
        tag = frame.method.delivery_tag
        tags = [t for t in self._unconfirmed if t <= tag] if frame.method.multiple else [tag]
        uuids = [self._unconfirmed.pop(t) for t in tags if t in self._unconfirmed]
        if isinstance(frame.method, Basic.Nack):
            _log.warning("the broker refused jobs", extra={"count": len(uuids)})
            return
        if uuids:
            self._on_confirmed(uuids)

    def _on_returned(self, channel: Channel, _method: Basic.Return, returned: BasicProperties, _body: bytes) -> None:
        _log.error("a job could not be routed: its queue is gone", extra={"uuid": returned.message_id})
        # The broker confirms it as well, after this.
        self._unconfirmed.pop(int(returned.correlation_id), None)
        self._channel = None  # nothing can be published any more
        if channel.is_open:
            channel.close(0, "declaring the queue again")

    def _on_blocked(self, _connection: object, _frame: object) -> None:
        _log.warning("the broker is out of resources and takes no jobs")
        self._blocked = True

    def _on_unblocked(self, _connection: object, _frame: object) -> None:
        self._blocked = False

    def _on_channel_closed(self, _channel: Channel, reason: Exception) -> None:
        _log.warning("publishing channel closed", extra={"reason": repr(reason)})
        self._channel = None
        if self._connection.is_open:
            self._connection.close()

    def _on_connection_lost(self, _connection: pika.BaseConnection, reason: Exception) -> None:
        self._lost = reason
        self._channel = None
        self._connection.ioloop.stop()
