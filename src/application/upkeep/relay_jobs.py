"""Publish the jobs that did not reach the queue."""

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
    """Waiting times before a job is published by the relay.

    Args:
        grace: time that the process that accepted a picture has to publish the job itself.
        again_after: time that the broker has to confirm a job before it is published again.
        vanished_after: time after which a published job is published again while the queue is empty.
        lost_after: time after which a published job is published again, however full the queue is.
    """

    grace: timedelta = timedelta(seconds=2)
    again_after: timedelta = timedelta(seconds=10)
    vanished_after: timedelta = timedelta(seconds=60)
    lost_after: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class RelayJobs:
    """Publish the jobs that the broker never confirmed, and those that it lost.

    The row of a queued prediction is its outbox. Jobs accepted while the broker was unavailable are published once it
    is available again; jobs that the broker lost, or that somebody purged, are published again. A job that is in the
    queue twice is run once, so publishing too often does no harm. Any number of processes may do this at once.
    """

    # Jobs in one transaction: a few milliseconds of work, and of locks.
    BATCH: ClassVar[int] = 500

    rules: RelayRules
    unit_of_work: UnitOfWork
    publisher: JobPublisher
    queue: QueueGauge
    clock: Clock

    def execute(self) -> int:
        """Publish all jobs that are due; none while the broker is unavailable.

        Returns:
            number of jobs handed to the publisher.
        """
        if not self.publisher.is_connected:
            return 0
        self._release_lost()
        relayed = 0
        while jobs := self._take_unpublished():
            self.publisher.publish(jobs)
            relayed += len(jobs)
        return relayed

    def _release_lost(self) -> None:
        waited = self.rules.lost_after if self.queue.read().waiting else self.rules.vanished_after
        now = self.clock.now()
        with self.unit_of_work.begin() as tx:
            # Due one grace period ago, so that `_take_unpublished` takes them at once.
            tx.outbox.forget_published(now - waited, self.BATCH, now - self.rules.grace)
            tx.commit()

    def _take_unpublished(self) -> list[Job]:
        now = self.clock.now()
        with self.unit_of_work.begin() as tx:
            jobs = tx.outbox.take_unpublished(now - self.rules.grace, self.BATCH, now + self.rules.again_after)
            tx.commit()
        return jobs
