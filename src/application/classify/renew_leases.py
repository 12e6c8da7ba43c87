"""Renew the leases of an engine."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from application.classify.attempts_in_hand import AttemptsInHand
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.system import Clock
from domain.errors import WrongState
from domain.prediction import Prediction

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RenewLeases:
    """Renew the leases of all attempts that an engine has in hand.

    An engine that is at work, or that waits for a dependency, keeps its attempts however long that takes; only one that
    is silent loses them. There is a bound: a single call into the model or the image store that has outlasted as many
    renewals as `CALL_LEASES` leases need is taken to hang. The leases of its batch are then left to run out, so that
    another engine tries those pictures.

    Args:
        lease: time that an attempt has from one renewal to the next.
        in_hand: the attempts.
        unit_of_work: to change predictions in.
        clock: to start leases by.
    """

    # Two renewals may fail before the lease is lost.
    PER_LEASE: ClassVar[int] = 3
    # Half an hour with a lease of a minute, and no batch that ends takes that long.
    CALL_LEASES: ClassVar[int] = 30

    lease: timedelta
    in_hand: AttemptsInHand
    unit_of_work: UnitOfWork
    clock: Clock

    @property
    def interval(self) -> timedelta:
        """Time from one renewal to the next."""
        return self.lease / self.PER_LEASE

    def execute(self) -> int:
        """Renew them, all in one transaction. Attempts that lost their lease, or are superseded, are left out.

        Returns:
            number of renewed leases.

        Raises:
            Unavailable: the database is unavailable.
        """
        attempts = self.in_hand.newest()
        if not attempts:
            return 0
        renewed = self._renew_all(attempts)
        if hanging := self.in_hand.count_renewal(self.CALL_LEASES * self.PER_LEASE):
            _log.error("a call does not return: leases are not renewed any more", extra={"count": hanging})
        return renewed

    def _renew_all(self, attempts: dict[UUID, int]) -> int:
        with self.unit_of_work.begin() as tx:
            locked = tx.predictions.lock(list(attempts))
            now = self.clock.now()
            renewed = [p for p in locked if self._renew(p, attempts[p.uuid], now)]
            tx.predictions.save(renewed)
            tx.commit()
        return len(renewed)

    def _renew(self, prediction: Prediction, attempt: int, now: datetime) -> bool:
        try:
            prediction.renew_lease(attempt, now, self.lease)
        except WrongState:
            return False
        return True
