"""Give the jobs that the broker lost back to the relay."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.queue.job_queue import JobPublisher
from application.ports.queue.lane_gauge import LaneGauge
from application.ports.system import Clock
from application.upkeep.lane_progress import Lane, LaneProgress
from application.upkeep.relay_jobs import RelayRules


@dataclass(frozen=True, kw_only=True)
class ReleaseLostJobs:
    """Mark the jobs that the broker lost, or that somebody purged, as unpublished, so that the relay publishes them.

    A job is lost if its lane has come past it and no engine has begun it; how long it has waited says nothing. Any
    number of processes may do this at once.
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
        """Mark all lost jobs; none while the broker is unavailable.

        Returns:
            number of lost jobs.
        """
        if not self.publisher.is_connected:
            return 0
        now = self.clock.now()
        self._progress.note(self.lanes.read_lanes(), now)
        return sum(self._release(lane, until) for lane, until in self._progress.delivered(now).items())

    def _release(self, lane: Lane, until: datetime) -> int:
        released = 0
        while count := self._release_some(lane, until):
            released += count
        return released

    def _release_some(self, lane: Lane, until: datetime) -> int:
        with self.unit_of_work.begin() as tx:
            # Due one grace period ago, so that the relay takes them at once.
            due_at = self.clock.now() - self.rules.grace
            count = tx.outbox.forget_published(lane, until, self.BATCH, due_at)
            tx.commit()
        return count
