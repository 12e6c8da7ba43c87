"""Length of the queue and number of workers, read from the broker."""

from concurrent.futures import Future
from functools import partial

from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from pika.spec import Queue

from adapters.rabbitmq.connection_thread import ConnectionThread
from adapters.rabbitmq.errors import translated_errors
from adapters.rabbitmq.job_consumer import RabbitMQJobConsumer
from adapters.rabbitmq.topology import Topology
from application.ports.queue.lane_gauge import LaneGauge, LaneReading
from application.ports.queue.queue_gauge import QueueGauge, QueueReading
from domain.errors import QueueUnavailable

# Maximum time to wait for the answer.
_ANSWER_SECONDS = 5.0

Counts = list[Queue.DeclareOk]


class RabbitMQQueueGauge(QueueGauge):
    """Asks the broker over the first of `connections` that is up; each serves another purpose as well."""

    def __init__(self, topology: Topology, *connections: ConnectionThread) -> None:
        self._topology = topology
        self._connections = connections

    def read(self) -> QueueReading:
        counts = _ask(self._topology, *self._connections)
        # A worker consumes from every queue; one of an earlier version, from the ordinary one only.
        workers = max(queue.consumer_count for queue in counts)
        return QueueReading(sum(queue.message_count for queue in counts), workers)


class RabbitMQLaneGauge(LaneGauge):
    """Asks the broker over the connection of the consumer, which knows what was taken. Each queue is a lane.

    A process without engines has no consumer that is connected: it asks over the first of `others` that is.
    """

    def __init__(self, topology: Topology, consumer: RabbitMQJobConsumer, *others: ConnectionThread) -> None:
        self._topology = topology
        self._consumer = consumer
        self._connections = (consumer, *others)

    def read_lanes(self) -> list[LaneReading]:
        counts = _ask(self._topology, *self._connections)
        return [
            LaneReading(self._topology.priorities_in(queue), found.message_count, self._consumer.taken_until(queue))
            for queue, found in zip(self._topology.queues, counts, strict=True)
        ]


def _ask(topology: Topology, *connections: ConnectionThread) -> Counts:
    """The counts of each queue of jobs."""
    answer: Future[Counts] = Future()
    if not any(connection.do(partial(_count, topology, answer)) for connection in connections):
        raise QueueUnavailable
    with translated_errors():  # a time-out is an OSError
        return answer.result(_ANSWER_SECONDS)


def _count(topology: Topology, answer: Future[Counts], channel: BlockingChannel) -> None:
    try:
        counts = [channel.queue_declare(queue, passive=True).method for queue in topology.queues]
    except AMQPError as error:
        answer.set_exception(error)
        raise
    answer.set_result(counts)
