"""Consumes jobs."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from adapters.rabbitmq.codec import UnknownMessage, UnknownVersion, decode, time_of_publishing
from adapters.rabbitmq.connection_thread import ConnectionThread
from adapters.rabbitmq.subscription import Subscription
from adapters.rabbitmq.topology import Topology
from application.classify.fair_scheduling import FairQueue
from application.ports.health_check import HealthCheck
from application.ports.queue.job_queue import Delivery, JobConsumer
from domain.errors import QueueUnavailable

_log = logging.getLogger(__name__)

Settle = Callable[[Subscription, int], None]


# Time without a message after which a subscription is made anew. A job whose subscription the broker has forgotten
# waits this long; an idle worker costs the broker a few frames.
_QUIET_SECONDS = 15.0


class _Receipt(NamedTuple):
    subscription: Subscription
    tag: int
    published_at: datetime | None
    arrived: float


class RabbitMQJobConsumer(ConnectionThread, JobConsumer, HealthCheck):
    """Receives over a connection and in a thread of its own, so that inference never holds up heartbeats.

    Each queue has a subscription of its own. A receipt names the subscription and the delivery tag in it, so that a
    job is never acknowledged over another connection than the one that delivered it.

    Args:
        topology: names the queues of jobs.
        prefetch: maximum number of unacknowledged jobs of each queue in this process, which delivers them the most
            urgent first. No queue can use up another's share, so urgent jobs are always among them.
        quiet_seconds: time without a message after which a subscription is made anew.
    """

    def __init__(self, topology: Topology, prefetch: int, quiet_seconds: float = _QUIET_SECONDS) -> None:
        super().__init__(topology, "consumer", self._subscribe, self._tend_subscriptions, self._forget_waiting)
        self._prefetch = prefetch
        self._quiet_seconds = quiet_seconds
        self._subscriptions: list[Subscription] = []
        self._changed = threading.Condition()
        self._waiting = FairQueue()
        self._taken_until: dict[str, datetime] = {}
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
            deliveries = [_with_waiting_time(delivery) for delivery in self._waiting.take(limit)]
            self._note_times(deliveries)
            return deliveries

    def taken_until(self, queue: str) -> datetime | None:
        """Time of publishing of the latest job that was received from this queue, to the second; None at first."""
        return self._taken_until.get(queue)

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self._settle(deliveries, Subscription.acknowledge)

    def reject(self, deliveries: Sequence[Delivery]) -> None:
        self._settle(deliveries, Subscription.reject)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def check(self) -> None:
        if not self.is_connected:
            raise QueueUnavailable

    def _settle(self, deliveries: Sequence[Delivery], settle: Settle) -> None:
        if receipts := _receipts(deliveries):
            self.do(lambda _channel: _settle_now(receipts, settle))

    def _note_times(self, deliveries: Sequence[Delivery]) -> None:
        for receipt in _receipts(deliveries):
            if published_at := receipt.published_at:
                latest = self._taken_until.get(receipt.subscription.queue, published_at)
                self._taken_until[receipt.subscription.queue] = max(latest, published_at)

    def _subscribe(self, channel: BlockingChannel) -> None:
        self._subscriptions = [
            Subscription(channel.connection, queue, self._prefetch, self._quiet_seconds, self._on_message)
            for queue in self._topology.queues
        ]

    def _tend_subscriptions(self, _channel: BlockingChannel) -> None:
        for subscription in self._subscriptions:
            subscription.tend()

    def _forget_waiting(self) -> None:
        with self._changed:
            # The broker delivers these again, here or elsewhere.
            self._waiting.clear()

    def _on_message(
        self, subscription: Subscription, method: Basic.Deliver, properties: BasicProperties, body: bytes
    ) -> None:
        tag = method.delivery_tag
        try:
            job = decode(body)
        except UnknownVersion as error:
            # It stays in hand, so that a newer worker gets it when this one ends, and nobody gets it in a circle.
            _log.error("a message is left for a newer worker", extra={"reason": str(error)})
            return
        except UnknownMessage as error:
            _log.error("a message is no job", extra={"reason": str(error)})
            subscription.reject(tag)
            return
        receipt = _Receipt(subscription, tag, time_of_publishing(properties), time.monotonic())
        delivery = Delivery(job, _was_delivered(method, properties), receipt)
        with self._changed:
            self._waiting.add(delivery)
            self._changed.notify()


def _with_waiting_time(delivery: Delivery) -> Delivery:
    [receipt] = _receipts([delivery])
    return replace(delivery, waited=timedelta(seconds=time.monotonic() - receipt.arrived))


def _receipts(deliveries: Sequence[Delivery]) -> list[_Receipt]:
    return [delivery.receipt for delivery in deliveries if isinstance(delivery.receipt, _Receipt)]


def _settle_now(receipts: Sequence[_Receipt], settle: Settle) -> None:
    for receipt in receipts:
        settle(receipt.subscription, receipt.tag)


def _was_delivered(method: Basic.Deliver, properties: BasicProperties) -> bool:
    headers: dict[str, Any] = properties.headers or {}
    return bool(method.redelivered or headers.get("x-delivery-count"))
