"""Job queue in memory."""

import threading
from collections.abc import Sequence
from datetime import timedelta

from application.classify.fair_scheduling import FairQueue
from application.ports.queue.job_queue import Delivery, JobConsumer, JobPublisher
from application.ports.queue.queue_gauge import QueueGauge, QueueReading
from domain.errors import QueueUnavailable
from domain.job import Job


class MemoryJobQueue(JobPublisher, JobConsumer, QueueGauge):
    """Delivers published jobs; `drop_engine` makes those that were not acknowledged available again."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting = FairQueue()
        self._unacknowledged: dict[int, Delivery] = {}
        self._deliveries = 0
        self._closed = False
        self._connected = True
        self.dead_letters: list[Job] = []

    @property
    def is_connected(self) -> bool:
        return self._connected

    def disconnect(self) -> None:
        """Simulate the loss of the broker: jobs published from now on are lost."""
        self._connected = False

    def publish(self, jobs: Sequence[Job]) -> None:
        if not jobs or not self._connected:
            return
        with self._changed:
            for job in jobs:
                self._waiting.add(Delivery(job))
            self._changed.notify_all()

    def receive(self, limit: int, timeout: timedelta) -> list[Delivery]:
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) or self._closed, timeout.total_seconds())
            if self._closed:
                return []
            return [self._deliver(delivery) for delivery in self._waiting.take(limit)]

    def _deliver(self, delivery: Delivery) -> Delivery:
        self._deliveries += 1
        delivered = Delivery(delivery.job, delivery.redelivered, receipt=self._deliveries)
        self._unacknowledged[self._deliveries] = delivered
        return delivered

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        with self._changed:
            for delivery in deliveries:
                if isinstance(delivery.receipt, int):
                    self._unacknowledged.pop(delivery.receipt, None)

    def reject(self, deliveries: Sequence[Delivery]) -> None:
        self.acknowledge(deliveries)
        self.dead_letters.extend(delivery.job for delivery in deliveries)

    def read(self) -> QueueReading:
        if not self._connected:
            raise QueueUnavailable
        with self._changed:
            return QueueReading(len(self._waiting), workers=0 if self._closed else 1)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def drop_engine(self) -> None:
        """Simulate the loss of an engine: all jobs that it has not acknowledged are delivered again."""
        with self._changed:
            came_later = self._waiting.clear()
            for delivery in [Delivery(d.job, redelivered=True) for d in self._unacknowledged.values()] + came_later:
                self._waiting.add(delivery)
            self._unacknowledged.clear()
            self._changed.notify_all()
