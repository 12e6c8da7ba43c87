"""Job queue in memory."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.memory.system import FixedClock
from application.classify.fair_scheduling import FairQueue
from application.ports.queue.job_queue import Delivery, JobConsumer, JobPublisher
from application.ports.queue.lane_gauge import LaneGauge, LaneReading
from application.ports.queue.queue_gauge import QueueGauge, QueueReading
from application.ports.system import Clock
from domain.errors import QueueUnavailable
from domain.job import Job
from domain.priority import Priority


class MemoryJobQueue(JobPublisher, JobConsumer, QueueGauge, LaneGauge):
    """Delivers published jobs; `drop_engine` makes those that were not acknowledged available again.

    Each priority is a lane.

    Args:
        clock: tells the time of publishing.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FixedClock()
        self._taken_until: dict[Priority, datetime] = {}
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
                self._waiting.add(Delivery(job, receipt=self._clock.now()))
            self._changed.notify_all()

    def receive(self, limit: int, timeout: timedelta) -> list[Delivery]:
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) or self._closed, timeout.total_seconds())
            if self._closed:
                return []
            return [self._deliver(delivery) for delivery in self._waiting.take(limit)]

    def _deliver(self, delivery: Delivery) -> Delivery:
        self._deliveries += 1
        if isinstance(delivery.receipt, datetime):
            self._taken_until[delivery.job.priority] = delivery.receipt
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

    def read_lanes(self) -> list[LaneReading]:
        if not self._connected:
            raise QueueUnavailable
        priorities = map(Priority, range(Priority.MAX_LEVEL + 1))
        with self._changed:
            return [LaneReading([p], self._waiting.count(p), self._taken_until.get(p)) for p in priorities]

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def purge(self) -> None:
        """Simulate an operator who empties the queue."""
        with self._changed:
            self._waiting.clear()

    def drop_engine(self) -> None:
        """Simulate the loss of an engine: all jobs that it has not acknowledged are delivered again."""
        with self._changed:
            came_later = self._waiting.clear()
            for delivery in [Delivery(d.job, redelivered=True) for d in self._unacknowledged.values()] + came_later:
                self._waiting.add(delivery)
            self._unacknowledged.clear()
            self._changed.notify_all()
