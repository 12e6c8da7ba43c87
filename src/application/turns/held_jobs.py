"""The jobs that were held back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.system import Clock
from domain.priority import Priority


@dataclass(frozen=True, kw_only=True)
class HeldJobs:
    """The jobs that wait in the outbox until it is their owner's turn.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.

    Args:
        unit_of_work: reads the outbox.
        clock: tells which of its jobs are due.
        grace: time that the relay leaves to the process that accepted a picture.
    """

    unit_of_work: UnitOfWork
    clock: Clock
    grace: timedelta

    def count(self) -> int:
        """Number of these jobs."""
        with self.unit_of_work.read() as committed:
            return committed.outbox.count(self.clock.now() - self.grace)

    def priorities(self) -> Collection[Priority]:
        """Priorities of these jobs."""
        with self.unit_of_work.read() as committed:
            return committed.outbox.priorities(self.clock.now() - self.grace)
