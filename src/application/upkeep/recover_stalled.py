"""Recover the predictions of dead engines."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.queue.completion_feed import Announcer
from application.ports.queue.job_queue import JobPublisher
from application.ports.system import Clock
from domain.errors import DatabaseUnavailable
from domain.prediction import Prediction

_ANY_LEASE = datetime.max.replace(tzinfo=UTC)


@dataclass(kw_only=True)
class RecoverStalled:
    """Queue the predictions of dead engines again.

    An engine that does not renew its leases is considered dead: its predictions go back to the queue, where the next
    attempt takes them up. Attempts stay counted, so that a prediction is not tried forever.

    While the database is unavailable no engine can renew its leases. So after an outage the first look at the database
    recovers nothing: the engines have time until the next one.
    """

    # Enough that a thousand predictions take a few transactions, few enough that none of them is long.
    BATCH: ClassVar[int] = 500

    unit_of_work: UnitOfWork
    publisher: JobPublisher
    announcer: Announcer
    clock: Clock
    _is_after_outage: bool = field(default=False, init=False)

    def execute(self, *, engines_are_gone: bool = False) -> int:
        """Recover all stalled predictions.

        Args:
            engines_are_gone: True if no engine runs, as at the start of the embedded mode: predictions are then
                recovered before their leases run out.

        Returns:
            number of recovered predictions.

        Raises:
            DatabaseUnavailable: the database is unavailable.
        """
        try:
            if self._is_after_outage and not engines_are_gone:
                self._look()
                self._is_after_outage = False
                return 0
            return self._recover(engines_are_gone)
        except DatabaseUnavailable:
            self._is_after_outage = True
            raise

    def _look(self) -> None:
        with self.unit_of_work.begin() as tx:
            tx.overdue.lock_stalled(self.clock.now(), 1)

    def _recover(self, engines_are_gone: bool) -> int:
        recovered = 0
        while stalled := self._requeue(_ANY_LEASE if engines_are_gone else self.clock.now()):
            self.publisher.publish([prediction.job for prediction in stalled])
            self.announcer.announce(stalled)
            recovered += len(stalled)
        return recovered

    def _requeue(self, before: datetime) -> list[Prediction]:
        with self.unit_of_work.begin() as tx:
            stalled = tx.overdue.lock_stalled(before, self.BATCH)
            for prediction in stalled:
                prediction.requeue(self.clock.now())
            tx.predictions.save(stalled)
            tx.commit()
        return stalled
