"""A connection that is kept up, in a thread of its own."""

import logging
from collections.abc import Callable
from functools import partial

from pika import BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from adapters.lifecycle.supervised_loop import SupervisedLoop
from adapters.rabbitmq.errors import NotConnected, translated_errors
from adapters.rabbitmq.failover import Failover, address
from adapters.rabbitmq.topology import Topology, reconnection_backoff
from domain.errors import QueueUnavailable

_log = logging.getLogger(__name__)

# The thread wakes at least this often; every frame and every action wake it at once.
_IDLE_SECONDS = 1.0

Action = Callable[[BlockingChannel], None]


class ConnectionThread(SupervisedLoop):
    """Connects and reconnects to a broker. The only thread that uses the connection and its channels.

    Args:
        topology: declared on every new connection.
        role: name of the connection for the broker's operators, and of the thread.
        prepare: called with each new channel before it is used, to consume.
        tend: called with the channel every second at least, to see that what was prepared still works.
        on_lost: called after each connection's end.
    """

    def __init__(
        self,
        topology: Topology,
        role: str,
        prepare: Action,
        tend: Action,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        wake = partial(self.do, lambda _channel: None)
        super().__init__(role, self._connect_and_serve, wake=wake, backoff=reconnection_backoff())
        self._topology = topology
        self._failover = Failover(topology, role)
        self._prepare = prepare
        self._tend = tend
        self._on_lost = on_lost
        self._connected: tuple[BlockingConnection, BlockingChannel] | None = None

    @property
    def is_connected(self) -> bool:
        """True while the channel is open and prepared."""
        return self._connected is not None

    def do(self, action: Action) -> bool:
        """Run `action` with the channel soon, in the connection's thread. Thread-safe.

        An action that raises ends the connection, and a new one is made.

        Returns:
            False if there is no connection; the action is then dropped.
        """
        connected = self._connected  # the other thread may lose the connection meanwhile
        if connected is None:
            return False
        connection, channel = connected
        try:
            connection.add_callback_threadsafe(partial(action, channel))
        except AMQPError:
            return False
        return True

    def _connect_and_serve(self) -> None:
        self._failover.use(self._connect_to)
        if not self.is_stopping:
            raise QueueUnavailable("The broker closed the channel.")

    def _connect_to(self, broker: URLParameters) -> None:
        if self.is_stopping:
            return
        try:
            with translated_errors():
                connection = BlockingConnection(broker)
                try:
                    self._serve(connection, address(broker))
                finally:
                    if connection.is_open:
                        connection.close()
        except QueueUnavailable as problem:
            if not self.is_connected:
                raise NotConnected from problem.__cause__
            raise
        finally:
            self._connected = None
            self._on_lost()

    def _serve(self, connection: BlockingConnection, broker: str) -> None:
        channel = connection.channel()
        for method, arguments in self._topology.declarations():
            getattr(channel, method)(**arguments)
        self._prepare(channel)
        self._connected = connection, channel
        _log.info("connected to the broker", extra={"role": self.name, "broker": broker})
        while channel.is_open and not self.is_stopping:
            self._tend(channel)
            connection.process_data_events(_IDLE_SECONDS)
        if channel.is_open:
            # Acknowledgements given just before the stop are still to be sent.
            connection.process_data_events(0)
