"""Whether the broker lets us in."""

import pika
from pika.exceptions import AMQPError

from adapters.rabbitmq.broker import Broker
from application.ports.health_check import HealthCheck
from domain.errors import QueueUnavailable


class BrokerHealth(HealthCheck):
    """The broker accepts a connection of ours, which is then closed; nothing is declared."""

    name = "broker"

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def check(self) -> None:
        try:
            pika.BlockingConnection(self._broker.parameters("doctor")).close()
        except (AMQPError, OSError) as error:
            raise QueueUnavailable from error
