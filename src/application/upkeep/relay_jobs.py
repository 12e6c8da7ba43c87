"""Publish what did not reach the queue."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.queue.job_queue import JobPublisher
from application.ports.queue.queue_gauge import QueueGauge
from application.ports.system import Clock
from domain.job import Job


@dataclass(frozen=True, slots=True)
class RelayRules:
    """When a job counts as left behind.

    Args:
        grace: how long the process that accepted a picture has for publishing it itself.
        again_after: how long the broker has to confirm before a job is published again.
        vanished_after: a job that was published so long ago, while the queue is empty, is not in it.
        lost_after: a job that was published so long ago is published again, however full the queue is.
    """

    grace: timedelta = timedelta(seconds=2)
    again_after: timedelta = timedelta(seconds=10)
    vanished_after: timedelta = timedelta(seconds=60)
    lost_after: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class RelayJobs:
    """Publish the jobs that the broker never confirmed, and those that vanished from it.

    The row of a queued prediction is its outbox. What was accepted while the broker was away is published
    as soon as it is back; what a broker lost, or somebody purged, is published again. A job that is in the
    queue twice is run once, so this may err on the safe side. Any number of processes may do it at once.
    """

    # Jobs in one transaction: a few milliseconds of work, and of locks.
    BATCH: ClassVar[int] = 500

    rules: RelayRules
    unit_of_work: UnitOfWork
    publisher: JobPublisher
    queue: QueueGauge
    clock: Clock

    def execute(self) -> int:
        """Publish everything that is left behind now.

        Returns:
            how many jobs were handed to the publisher.

        Raises:
            DatabaseUnavailable, QueueUnavailable: one of them cannot be reached.
        """
        if not self.publisher.is_connected:
            return 0
        self._find_vanished()
        relayed = 0
        while jobs := self._take():
            self.publisher.publish(jobs)
            relayed += len(jobs)
        return relayed

    def _find_vanished(self) -> None:
        patience = self.rules.lost_after if self.queue.read().waiting else self.rules.vanished_after
        now = self.clock.now()
        with self.unit_of_work.begin() as tx:
            # Due a grace ago: `_take` takes them at once.
            tx.outbox.forget_published(now - patience, self.BATCH, now - self.rules.grace)
            tx.commit()

    def _take(self) -> list[Job]:
        now = self.clock.now()
        with self.unit_of_work.begin() as tx:
            jobs = tx.outbox.take_unpublished(now - self.rules.grace, self.BATCH, now + self.rules.again_after)
            tx.commit()
        return jobs
