"""How much waits in the broker, and for how many workers."""

from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial

from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from adapters.rabbitmq.broker import Broker
from adapters.rabbitmq.connection_thread import ConnectionThread
from application.ports.queue.queue_gauge import QueueGauge, QueueReading
from domain.errors import QueueUnavailable

# How long to wait for the broker's answer.
_ANSWER_SECONDS = 5.0


class RabbitMQQueueGauge(QueueGauge):
    """Asks the broker, over a connection that is there for something else."""

    def __init__(self, broker: Broker, connection: ConnectionThread) -> None:
        self._broker = broker
        self._connection = connection

    def read(self) -> QueueReading:
        answer: Future[QueueReading] = Future()
        if not self._connection.do(partial(self._ask, answer)):
            raise QueueUnavailable
        try:
            return answer.result(_ANSWER_SECONDS)
        except (AMQPError, FutureTimeoutError) as error:
            raise QueueUnavailable from error

    def _ask(self, answer: "Future[QueueReading]", channel: BlockingChannel) -> None:
        try:
            found = [channel.queue_declare(queue, passive=True).method for queue in self._broker.queues]
        except AMQPError as error:
            answer.set_exception(error)
            raise
        # A worker consumes from every queue; one of an earlier version, from the ordinary one only.
        workers = max(queue.consumer_count for queue in found)
        answer.set_result(QueueReading(sum(queue.message_count for queue in found), workers))
