"""Note what the broker has confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.retry import Retry
from application.ports.system import Clock


@dataclass(frozen=True, kw_only=True)
class ConfirmJobs:
    """Note that jobs are in the queue, so that the relay leaves them alone.

    A confirmation that is not noted does no harm: the job is published once more, and run once.
    """

    unit_of_work: UnitOfWork
    clock: Clock
    retry: Retry

    def execute(self, uuids: Sequence[UUID]) -> None:
        """The broker has confirmed the jobs of these predictions.

        Raises:
            Unavailable: the database is away, and there is no more time to wait.
        """
        if uuids:
            self.retry.until_available(lambda: self._mark(uuids))

    def _mark(self, uuids: Sequence[UUID]) -> None:
        with self.unit_of_work.begin() as tx:
            tx.outbox.mark_published(uuids, self.clock.now())
            tx.commit()
