"""Publish the jobs that did not reach the queue."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.queue.job_queue import JobPublisher
from application.ports.queue.lane_gauge import LaneGauge
from application.ports.system import Clock
from application.upkeep.lane_progress import LaneProgress
from domain.job import Job


@dataclass(frozen=True, slots=True)
class RelayRules:
    """Waiting times before a job is published by the relay.

    Args:
        grace: time that the process that accepted a picture has to publish the job itself.
        again_after: time that the broker has to confirm a job before it is published again.
        lost_after: time that an engine has to begin a job once the job's lane has delivered it; the job counts as lost
            afterwards.
    """

    grace: timedelta = timedelta(seconds=2)
    again_after: timedelta = timedelta(seconds=10)
    lost_after: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class RelayJobs:
    """Publish the jobs that the broker never confirmed, and those that it lost.

    The row of a queued prediction is its outbox. Jobs accepted while the broker was unavailable are published once it
    is available again; jobs that the broker lost, or that somebody purged, are published again. A job is lost if its
    lane has come past it and no engine has begun it; how long it has waited says nothing. A job that is in the queue
    twice is run once, so publishing too often does no harm. Any number of processes may do this at once.
    """

    # Jobs in one transaction: a few milliseconds of work, and of locks.
    BATCH: ClassVar[int] = 500

    rules: RelayRules
    unit_of_work: UnitOfWork
    publisher: JobPublisher
    lanes: LaneGauge
    clock: Clock
    _progress: LaneProgress = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_progress", LaneProgress(self.rules.lost_after))

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
        now = self.clock.now()
        self._progress.note(self.lanes.read_lanes(), now)
        for priorities, until in self._progress.delivered(now).items():
            with self.unit_of_work.begin() as tx:
                # Due one grace period ago, so that `_take_unpublished` takes them at once.
                tx.outbox.forget_published(priorities, until, self.BATCH, now - self.rules.grace)
                tx.commit()

    def _take_unpublished(self) -> list[Job]:
        now = self.clock.now()
        with self.unit_of_work.begin() as tx:
            jobs = tx.outbox.take_unpublished(now - self.rules.grace, self.BATCH, now + self.rules.again_after)
            tx.commit()
        return jobs
