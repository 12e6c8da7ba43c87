"""Health of the broker, for one check."""

import pika

from adapters.rabbitmq.errors import translated_errors
from adapters.rabbitmq.topology import Topology
from application.ports.health_check import HealthCheck


class BrokerHealth(HealthCheck):
    """The broker accepts a connection of ours, which is then closed; nothing is declared."""

    name = "broker"

    def __init__(self, topology: Topology) -> None:
        self._topology = topology

    def check(self) -> None:
        with translated_errors():
            pika.BlockingConnection(self._topology.connection_parameters("doctor")).close()
