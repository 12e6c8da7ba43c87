"""Publish the jobs that are not in the queue yet."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from application.ports.database.outbox import OwnedJob, Turn
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.queue.job_queue import JobPublisher
from application.ports.queue.lane_gauge import LaneGauge, LaneReading
from application.ports.system import Clock
from application.turns.lane_allowance import LaneAllowance
from domain.access.owner import Owner
from domain.priority import Priority


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


@dataclass
class _LaneState:
    """What the relay remembers of a lane: its allowance, and the owner that was served last."""

    allowance: LaneAllowance = field(default_factory=LaneAllowance)
    served: Owner | None = None


@dataclass(frozen=True, kw_only=True)
class RelayJobs:
    """Publish the jobs that were held back, and those that the broker never confirmed, of all owners in turn.

    The row of a queued prediction is its outbox. Each lane gets as many jobs as keep its engines at work, so that the
    jobs that wait are in the outbox, where owners take turns: of each the most urgent goes first. A job that is in the
    queue twice is run once, so publishing too often does no harm. Any number of processes may do this at once.
    """

    # Jobs in one transaction: a few milliseconds of work, and of locks.
    BATCH: ClassVar[int] = 500

    rules: RelayRules
    unit_of_work: UnitOfWork
    publisher: JobPublisher
    lanes: LaneGauge
    clock: Clock
    _states: dict[tuple[Priority, ...], _LaneState] = field(default_factory=dict, init=False)

    def execute(self) -> int:
        """Publish the jobs that are due and for which there is room; none while the broker is unavailable.

        Returns:
            number of jobs handed to the publisher.
        """
        if not self.publisher.is_connected:
            return 0
        with self.unit_of_work.read() as committed:
            due = committed.outbox.priorities(self.clock.now() - self.rules.grace)
        # While nothing is due, the allowances stay as they are.
        return sum(self._fill(lane, due) for lane in self.lanes.read_lanes()) if due else 0

    def _fill(self, lane: LaneReading, due: Collection[Priority]) -> int:
        state = self._states.setdefault(tuple(lane.priorities), _LaneState())
        state.allowance.renew(lane.waiting)
        priorities = tuple(priority for priority in lane.priorities if priority in due)
        relayed = 0
        while priorities and state.allowance.left and (jobs := self._take(priorities, state)):
            self.publisher.publish([owned.job for owned in jobs])
            state.allowance.use(len(jobs))
            state.served = jobs[-1].owner
            relayed += len(jobs)
        return relayed

    def _take(self, priorities: tuple[Priority, ...], state: _LaneState) -> list[OwnedJob]:
        now = self.clock.now()
        limit = min(state.allowance.left, self.BATCH)
        with self.unit_of_work.begin() as tx:
            turn = Turn(priorities, state.served)
            jobs = tx.outbox.take_unpublished(turn, now - self.rules.grace, limit, now + self.rules.again_after)
            tx.commit()
        return jobs
