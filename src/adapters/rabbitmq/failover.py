"""Turns from a broker that fails to the next one."""

import logging
from collections.abc import Callable

import pika

from adapters.rabbitmq.errors import NotConnected
from adapters.rabbitmq.topology import Topology

_log = logging.getLogger(__name__)


class Failover:
    """The brokers as one thread tries them: one that has failed is tried again after all others.

    pika can try a list as well, but a name that does not resolve ends its round, and it begins with the same broker
    each time, even if that one accepts connections and then fails.

    Args:
        topology: names the brokers.
        role: name of the connection for the brokers' operators.
    """

    def __init__(self, topology: Topology, role: str) -> None:
        self._topology = topology
        self._role = role
        self._position = 0

    def use(self, serve: Callable[[pika.URLParameters], None]) -> None:
        """Call `serve` with one broker after another, until it has connected to one.

        Args:
            serve: returns when the connection is no longer needed, and raises `NotConnected` if there was none.

        Raises:
            NotConnected: it connected to none of them.
            QueueUnavailable: the connection was lost.
        """
        brokers = self._topology.connection_parameters(self._role)
        for left in reversed(range(len(brokers))):
            broker = brokers[self._position % len(brokers)]
            self._position += 1
            try:
                serve(broker)
            except NotConnected as problem:
                if not left:
                    raise
                reason = repr(problem.__cause__ or problem)
                _log.warning("a broker is unavailable", extra={"broker": address(broker), "reason": reason})
            else:
                return


def address(broker: pika.URLParameters) -> str:
    """Host and port, without the password."""
    return f"{broker.host}:{broker.port}"
