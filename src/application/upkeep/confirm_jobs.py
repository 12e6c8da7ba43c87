"""Record the jobs that the broker has confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.retry import Retry
from application.ports.system import Clock


@dataclass(frozen=True, kw_only=True)
class ConfirmJobs:
    """Record that jobs are in the queue, so that the relay does not publish them again.

    A confirmation that is not recorded does no harm: the job is published twice, and run once.
    """

    unit_of_work: UnitOfWork
    clock: Clock
    retry: Retry

    def execute(self, uuids: Sequence[UUID]) -> None:
        """Record the confirmation of the jobs of these predictions."""
        if uuids:
            self.retry.until_available(lambda: self._mark(uuids))

    def _mark(self, uuids: Sequence[UUID]) -> None:
        with self.unit_of_work.begin() as tx:
            tx.outbox.mark_published(uuids, self.clock.now())
            tx.commit()
