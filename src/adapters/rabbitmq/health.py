"""Health of the broker, for one check."""

import pika

from adapters.rabbitmq.broker import Broker
from adapters.rabbitmq.errors import translated_errors
from application.ports.health_check import HealthCheck


class BrokerHealth(HealthCheck):
    """The broker accepts a connection of ours, which is then closed; nothing is declared."""

    name = "broker"

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def check(self) -> None:
        with translated_errors():
            pika.BlockingConnection(self._broker.parameters("doctor")).close()
