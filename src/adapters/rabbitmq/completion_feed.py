"""Listening to what has changed, wherever it was announced."""

import logging
import threading

from pika import BlockingConnection
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from adapters.rabbitmq.broker import Broker
from adapters.rabbitmq.codec import UnknownMessage, decode_news
from adapters.rabbitmq.reconnection import stay_connected
from application.ports.completion_feed import CompletionFeed, Listener

_log = logging.getLogger(__name__)

# How long the connection's thread sleeps when nothing happens; a message wakes it.
_IDLE_SECONDS = 1.0


class RabbitMQCompletionFeed(CompletionFeed):
    """Listens in a thread of its own, over a connection of its own, with a queue that goes with the connection.

    Nothing is acknowledged and nothing is kept: while the broker is away there are no news, and those who wait look
    for themselves.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._listeners: list[Listener] = []
        self._stopping = threading.Event()
        self._connection: BlockingConnection | None = None
        self._thread = threading.Thread(target=self._listen_until_stopped, name="completion-feed", daemon=True)

    @property
    def is_connected(self) -> bool:
        """Whether news arrive."""
        return self._connection is not None

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def start(self) -> None:
        """Connect, in the background, and stay connected."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect."""
        self._stopping.set()
        if connection := self._connection:
            connection.add_callback_threadsafe(lambda: None)
        self._thread.join()

    def _listen_until_stopped(self) -> None:
        stay_connected("completion feed", self._listen, self._forget_connection, self._stopping)

    def _forget_connection(self) -> None:
        self._connection = None

    def _listen(self) -> None:
        connection = BlockingConnection(self._broker.parameters("completion feed"))
        try:
            channel = connection.channel()
            method, arguments = self._broker.events_exchange
            getattr(channel, method)(**arguments)
            queue = channel.queue_declare("", exclusive=True).method.queue
            channel.queue_bind(queue, self._broker.events)
            channel.basic_consume(queue, self._on_message, auto_ack=True)
            self._connection = connection
            _log.info("completion feed ready")
            while channel.is_open and not self._stopping.is_set():
                connection.process_data_events(_IDLE_SECONDS)
        finally:
            if connection.is_open:
                connection.close()

    def _on_message(
        self, _channel: BlockingChannel, _method: Basic.Deliver, _properties: BasicProperties, body: bytes
    ) -> None:
        try:
            news = decode_news(body)
        except UnknownMessage as error:
            _log.error("a message is no news", extra={"reason": str(error)})
            return
        for listener in self._listeners:
            listener(news)
