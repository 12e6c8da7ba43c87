"""Length of the queue and number of workers, read from the broker."""

from concurrent.futures import Future
from functools import partial

from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from adapters.rabbitmq.connection_thread import ConnectionThread
from adapters.rabbitmq.errors import translated_errors
from adapters.rabbitmq.topology import Topology
from application.ports.queue.queue_gauge import QueueGauge, QueueReading
from domain.errors import QueueUnavailable

# Maximum time to wait for the answer.
_ANSWER_SECONDS = 5.0


class RabbitMQQueueGauge(QueueGauge):
    """Asks the broker over the first of `connections` that is up; each serves another purpose as well."""

    def __init__(self, topology: Topology, *connections: ConnectionThread) -> None:
        self._topology = topology
        self._connections = connections

    def read(self) -> QueueReading:
        answer: Future[QueueReading] = Future()
        if not any(connection.do(partial(self._ask, answer)) for connection in self._connections):
            raise QueueUnavailable
        with translated_errors():  # a time-out is an OSError
            return answer.result(_ANSWER_SECONDS)

    def _ask(self, answer: "Future[QueueReading]", channel: BlockingChannel) -> None:
        try:
            found = [channel.queue_declare(queue, passive=True).method for queue in self._topology.queues]
        except AMQPError as error:
            answer.set_exception(error)
            raise
        # A worker consumes from every queue; one of an earlier version, from the ordinary one only.
        workers = max(queue.consumer_count for queue in found)
        answer.set_result(QueueReading(sum(queue.message_count for queue in found), workers))
