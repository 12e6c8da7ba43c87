"""The rate of submissions: the generic cell rate algorithm (ITU-T I.371), one moment an owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Limit of a rate. Whoever was idle may take `burst` at once, and then `per_minute` a minute.

    Args:
        per_minute: on average, 1 or more.
        burst: at once, 1 or more.
    """

    per_minute: int
    burst: int

    @property
    def interval(self) -> timedelta:
        """Time from one to the next at this rate."""
        return timedelta(minutes=1) / self.per_minute

    def available(self, spent_until: datetime, now: datetime) -> int:
        """Number that may be taken at once.

        Args:
            spent_until: moment at which everything will be available again; in the past for whoever was idle.
            now: the present time.
        """
        ahead = max(spent_until - now, timedelta())
        return max(0, self.burst - -(-ahead // self.interval))

    def take(self, spent_until: datetime, count: int, now: datetime) -> datetime:
        """Take `count`; returns the new moment. More than is available is borrowed from the future."""
        return max(spent_until, now) + count * self.interval

    def wait(self, spent_until: datetime, count: int, now: datetime) -> timedelta:
        """Time until `count` are available, or all where `count` is more than there ever are."""
        ahead = max(spent_until - now, timedelta())
        return max(ahead - (self.burst - min(count, self.burst)) * self.interval, timedelta())
