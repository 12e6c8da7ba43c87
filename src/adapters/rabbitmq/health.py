"""Health of the brokers, for one check."""

import threading
from collections.abc import Sequence

import pika

from adapters.rabbitmq.errors import translated_errors
from adapters.rabbitmq.failover import address
from adapters.rabbitmq.topology import Topology
from application.ports.health_check import HealthCheck
from domain.errors import QueueUnavailable


class BrokerHealth(HealthCheck):
    """A broker accepts a connection of ours, which is then closed; nothing is declared."""

    name = "broker"

    def __init__(self, topology: Topology) -> None:
        self._topology = topology

    def check(self) -> None:
        self.unavailable_brokers()

    def unavailable_brokers(self) -> Sequence[str]:
        """Host and port of each broker that does not accept a connection. All are tried at once.

        Raises:
            QueueUnavailable: none of them does.
        """
        brokers = self._topology.connection_parameters("doctor")
        problems = list[tuple[str, QueueUnavailable]]()

        def connect(broker: pika.URLParameters) -> None:
            try:
                with translated_errors():
                    pika.BlockingConnection(broker).close()
            except QueueUnavailable as problem:
                problems.append((address(broker), problem))

        # Daemon threads, because a broker that hangs must not keep the process alive.
        threads = [threading.Thread(target=connect, args=(broker,), daemon=True) for broker in brokers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(problems) == len(brokers):
            raise problems[0][1]
        return [broker for broker, _ in problems]
