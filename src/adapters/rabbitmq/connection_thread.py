"""A connection that is kept up, in a thread of its own."""

import logging
import threading
from collections.abc import Callable
from functools import partial

from pika import BlockingConnection
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from adapters.rabbitmq.broker import Broker
from adapters.rabbitmq.reconnection import stay_connected

_log = logging.getLogger(__name__)

# How long the thread sleeps when nothing happens; whatever is to be done and every frame wake it.
_IDLE_SECONDS = 1.0

Action = Callable[[BlockingChannel], None]


class ConnectionThread:
    """One connection with one channel, and the only thread that may use them. On each, the topology is declared first.

    Args:
        broker: where to.
        role: what the broker's operators and the log call the connection.
        prepare: called with each new channel before it is used, to consume.
        on_lost: called after each connection's end.
    """

    def __init__(self, broker: Broker, role: str, prepare: Action, on_lost: Callable[[], None] = lambda: None) -> None:
        self._broker = broker
        self._role = role
        self._prepare = prepare
        self._on_lost = on_lost
        self._connected: tuple[BlockingConnection, BlockingChannel] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=role.replace(" ", "-"), daemon=True)

    @property
    def is_connected(self) -> bool:
        """Whether the channel is there and prepared."""
        return self._connected is not None

    def start(self) -> None:
        """Connect, in the background, and stay connected."""
        self._thread.start()

    def stop(self) -> None:
        """Do what was asked for before, and disconnect."""
        self._stopping.set()
        self.do(lambda _channel: None)
        self._thread.join()

    def do(self, action: Action) -> bool:
        """Have something done with the channel, soon; False where there is none. For any thread.

        An action that raises ends the connection, and a new one is made.
        """
        if self._connected is None:
            return False
        connection, channel = self._connected
        try:
            connection.add_callback_threadsafe(partial(action, channel))
        except AMQPError:
            return False
        return True

    def _run(self) -> None:
        stay_connected(self._role, self._connect_and_serve, self._lose, self._stopping)

    def _connect_and_serve(self) -> None:
        connection = BlockingConnection(self._broker.parameters(self._role))
        try:
            channel = connection.channel()
            for method, arguments in self._broker.topology():
                getattr(channel, method)(**arguments)
            self._prepare(channel)
            self._connected = connection, channel
            _log.info("connected to the broker", extra={"role": self._role})
            while channel.is_open and not self._stopping.is_set():
                connection.process_data_events(_IDLE_SECONDS)
            if channel.is_open:
                # What was done just before the stop is still to be sent.
                connection.process_data_events(0)
        finally:
            if connection.is_open:
                connection.close()

    def _lose(self) -> None:
        self._connected = None
        self._on_lost()
