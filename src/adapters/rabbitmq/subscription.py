"""A subscription to one queue of jobs."""

import time
from collections.abc import Callable

from pika import BlockingConnection
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from domain.errors import QueueUnavailable

OnMessage = Callable[["Subscription", Basic.Deliver, BasicProperties, bytes], None]


class Subscription:
    """Consumes one queue over a channel of its own. Only the thread of its connection may use it.

    That the connection and the channel live does not say that the subscription does: when a quorum queue is deleted
    and declared again within milliseconds, RabbitMQ may subscribe the channel anew by itself and then forget about it.
    A subscription is therefore made anew, over a new channel, when it was quiet for a while and nothing that it
    delivered is in hand, so that no job is delivered twice because of it.

    Args:
        connection: to open the channel on.
        queue: name of the queue, which exists.
        prefetch: maximum number of unsettled messages.
        quiet_seconds: time without a message after which it is made anew.
        on_message: called with each message.
    """

    def __init__(
        self, connection: BlockingConnection, queue: str, prefetch: int, quiet_seconds: float, on_message: OnMessage
    ) -> None:
        self._connection = connection
        self.queue = queue
        self._prefetch = prefetch
        self._quiet_seconds = quiet_seconds
        self._on_message = on_message
        self._in_hand: set[int] = set()
        self._was_canceled = False
        self._channel = self._subscribe()

    def tend(self) -> None:
        """Make the subscription anew if it was quiet for too long.

        Raises:
            QueueUnavailable: the broker ended it: the queue was deleted, or an acknowledgement took too long.
        """
        if self._was_canceled or not self._channel.is_open:
            raise QueueUnavailable(f"The broker ended the subscription to {self.queue}.")
        if not self._in_hand and time.monotonic() - self._last_sign > self._quiet_seconds:
            self._channel.close()
            self._channel = self._subscribe()

    def acknowledge(self, tag: int) -> None:
        """Remove a delivered message from the queue. Does nothing once its channel is closed."""
        if self._settles(tag):
            self._channel.basic_ack(tag)

    def reject(self, tag: int) -> None:
        """Move a delivered message to the dead letters. Does nothing once its channel is closed."""
        if self._settles(tag):
            self._channel.basic_reject(tag, requeue=False)

    def _settles(self, tag: int) -> bool:
        known = tag in self._in_hand
        self._in_hand.discard(tag)
        self._last_sign = time.monotonic()
        return known and self._channel.is_open

    def _subscribe(self) -> BlockingChannel:
        channel = self._connection.channel()
        channel.basic_qos(prefetch_count=self._prefetch)
        channel.add_on_cancel_callback(self._on_canceled)
        channel.basic_consume(self.queue, self._on_delivery)
        self._last_sign = time.monotonic()
        return channel

    def _on_canceled(self, _method: object) -> None:
        self._was_canceled = True

    def _on_delivery(
        self, _channel: BlockingChannel, method: Basic.Deliver, properties: BasicProperties, body: bytes
    ) -> None:
        self._last_sign = time.monotonic()
        self._in_hand.add(method.delivery_tag)
        self._on_message(self, method, properties, body)
