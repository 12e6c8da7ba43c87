"""Consumes jobs."""

import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from adapters.rabbitmq.codec import UnknownMessage, decode
from adapters.rabbitmq.connection_thread import ConnectionThread
from adapters.rabbitmq.topology import Topology
from application.classify.fair_scheduling import FairQueue
from application.ports.health_check import HealthCheck
from application.ports.queue.job_queue import Delivery, JobConsumer
from domain.errors import QueueUnavailable

_log = logging.getLogger(__name__)


class RabbitMQJobConsumer(ConnectionThread, JobConsumer, HealthCheck):
    """Receives over a connection and in a thread of its own, so that inference never holds up heartbeats.

    A receipt is the number of the connection and the delivery tag in it: a tag of a lost connection would acknowledge
    another job on the new one.

    Args:
        topology: names the queues of jobs.
        prefetch: maximum number of unacknowledged jobs of each queue in this process, which delivers them the most
            urgent first. No queue can use up another's share, so urgent jobs are always among them.
    """

    def __init__(self, topology: Topology, prefetch: int) -> None:
        super().__init__(topology, "consumer", self._consume, self._forget_waiting)
        self._prefetch = prefetch
        self._changed = threading.Condition()
        self._waiting = FairQueue()
        self._generation = 0
        self._closed = False

    def stop(self) -> None:
        """Send the acknowledgements that were given and disconnect; the broker takes the other jobs back."""
        self.close()
        super().stop()

    def receive(self, limit: int, timeout: timedelta) -> list[Delivery]:
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) or self._closed, timeout.total_seconds())
            if self._closed:
                return []
            return self._waiting.take(limit)

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self._settle(deliveries, lambda channel, tag: channel.basic_ack(tag))

    def reject(self, deliveries: Sequence[Delivery]) -> None:
        self._settle(deliveries, lambda channel, tag: channel.basic_reject(tag, requeue=False))

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def check(self) -> None:
        if not self.is_connected:
            raise QueueUnavailable

    def _settle(self, deliveries: Sequence[Delivery], settle: Callable[[BlockingChannel, int], None]) -> None:
        receipts = [delivery.receipt for delivery in deliveries]
        if receipts:
            self.do(partial(self._settle_now, receipts, settle))

    def _settle_now(
        self, receipts: Sequence[Hashable], settle: Callable[[BlockingChannel, int], None], channel: BlockingChannel
    ) -> None:
        for receipt in receipts:
            match receipt:
                case (generation, int(tag)) if generation == self._generation:
                    settle(channel, tag)

    def _consume(self, channel: BlockingChannel) -> None:
        channel.basic_qos(prefetch_count=self._prefetch)  # for each consumer that follows
        self._generation += 1
        channel.add_on_cancel_callback(partial(self._on_canceled, channel))
        for queue in self._topology.queues:
            channel.basic_consume(queue, self._on_message)

    def _forget_waiting(self) -> None:
        with self._changed:
            # The broker delivers these again, here or elsewhere.
            self._waiting.clear()

    def _on_canceled(self, channel: BlockingChannel, _method: object) -> None:
        # The queue was deleted, or RabbitMQ 4.3 waited too long for an acknowledgement: connect and declare anew.
        _log.warning("the broker canceled the consumer")
        channel.close()

    def _on_message(
        self, channel: BlockingChannel, method: Basic.Deliver, properties: BasicProperties, body: bytes
    ) -> None:
        try:
            job = decode(body)
        except UnknownMessage as error:
            _log.error("a message is no job", extra={"reason": str(error)})
            channel.basic_reject(method.delivery_tag, requeue=False)
            return
        receipt = (self._generation, method.delivery_tag)
        delivery = Delivery(job, _was_delivered(method, properties), receipt)
        with self._changed:
            self._waiting.add(delivery)
            self._changed.notify()


def _was_delivered(method: Basic.Deliver, properties: BasicProperties) -> bool:
    headers: dict[str, Any] = properties.headers or {}
    return bool(method.redelivered or headers.get("x-delivery-count"))
