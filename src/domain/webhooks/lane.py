"""Lanes of webhooks: the deliveries to one receiver, which wait for each other and for nobody else."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import ClassVar

from domain.webhooks.webhook_delivery import DeliveryOutcome


@dataclass(frozen=True, slots=True)
class LaneRules:
    """Rules of the lanes of one process.

    Args:
        at_once: deliveries under way at once in the lane of a receiver that answers promptly.
        unproven_at_once: the same for a receiver that never answered, failed last or answered slowly.
        failures: failures in a row after which the lane is paused.
        first_pause: length of the first pause; each further one is twice as long.
        longest_pause: limit of a pause. A receiver that works again waits for its webhooks no longer than this.
        prompt: limit of the time of a prompt answer. A good receiver needs a tenth of it, from another continent too.
    """

    at_once: int = 4
    unproven_at_once: int = 2
    failures: int = 5
    first_pause: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(minutes=5)
    prompt: timedelta = timedelta(seconds=2)


@dataclass(slots=True)
class LaneHealth:
    """Circuit breaker of a lane.

    Failures in a row pause the lane; after the pause one delivery probes the receiver: its success ends the trouble,
    its failure begins a longer pause. A delivery that waits for the end of a pause loses no attempt.

    Args:
        failures: failures in a row.
        is_proven: True if the last answer came promptly.
        paused_until: end of the pause, which may be over; None unless the lane is in trouble.
    """

    rules: LaneRules = field(default_factory=LaneRules)
    failures: int = 0
    is_proven: bool = False
    paused_until: datetime | None = None

    # 30 seconds double to more than any sensible limit; the bound keeps the power of two small.
    _MOST_DOUBLINGS: ClassVar[int] = 10

    def is_paused(self, now: datetime) -> bool:
        """True during a pause."""
        return self.paused_until is not None and now < self.paused_until

    def capacity(self, now: datetime) -> int:
        """Number of deliveries that may be under way at once."""
        if self.is_paused(now):
            return 0
        if self.paused_until is not None:
            return 1
        return self.rules.at_once if self.is_proven else min(self.rules.unproven_at_once, self.rules.at_once)

    def record(self, outcome: DeliveryOutcome, took: timedelta, now: datetime) -> None:
        """Record the outcome of an attempt.

        A failure during a pause is that of an attempt that had begun before, and lengthens nothing.
        """
        if not _is_failure(outcome):
            self.failures, self.paused_until, self.is_proven = 0, None, took <= self.rules.prompt
            return
        self.is_proven = False
        if self.is_paused(now):
            return
        self.failures += 1
        pause = outcome.retry_after or timedelta()
        if self.failures >= self.rules.failures:
            doublings = min(self.failures - self.rules.failures, self._MOST_DOUBLINGS)
            pause = max(pause, self.rules.first_pause * 2**doublings)
        if pause:
            self.paused_until = now + min(pause, self.rules.longest_pause)


def _is_failure(outcome: DeliveryOutcome) -> bool:
    """True if the receiver cannot take webhooks; one that answers 404 takes them and does not like this one."""
    return outcome.status is None or outcome.status >= 500 or outcome.status == HTTPStatus.TOO_MANY_REQUESTS
