"""Expire queued predictions."""

from dataclasses import dataclass
from typing import ClassVar

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.queue.completion_feed import Announcer
from application.ports.system import Clock
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class ExpireJobs:
    """Fail the predictions that are still queued after their expiry time.

    An engine that takes up an expired prediction fails it by itself; this is for those that no engine takes up. Their
    jobs stay in the queue and are dropped when they are delivered. Any number of processes may do this at once.
    """

    # Enough that a thousand predictions take a few transactions, few enough that none of them is long.
    BATCH: ClassVar[int] = 500

    unit_of_work: UnitOfWork
    announcer: Announcer
    clock: Clock

    def execute(self) -> int:
        """Expire all predictions whose expiry time has passed.

        Returns:
            number of expired predictions.
        """
        count = 0
        while expired := self._expire():
            self.announcer.announce(expired)
            count += len(expired)
        return count

    def _expire(self) -> list[Prediction]:
        now = self.clock.now()
        with self.unit_of_work.begin() as tx:
            expired = tx.overdue.lock_expired(now, self.BATCH)
            for prediction in expired:
                prediction.expire(now)
            tx.predictions.save(expired)
            tx.commit()
        return expired
