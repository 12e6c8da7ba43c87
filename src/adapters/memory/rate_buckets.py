"""The rates of owners in memory: for tests, and for a service of one process."""

import threading
from datetime import datetime

from application.ports.database.rate_buckets import RateBuckets, Taken
from application.ports.system import Clock
from domain.access.owner import Owner
from domain.access.rate import RateLimit


class MemoryRateBuckets(RateBuckets):
    """Buckets in a dictionary. Thread-safe."""

    # Those that are full again are forgotten from this number on.
    _MANY = 10_000

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent_until: dict[Owner, datetime] = {}

    def take(self, owner: Owner, limit: RateLimit, least: int, most: int) -> Taken:
        now = self._clock.now()
        with self._lock:
            before = self._spent_until.get(owner, now)
            available = limit.available(before, now)
            if available < min(least, limit.burst):
                return Taken(0, available, limit.wait(before, least, now))
            count = max(least, min(most, available))
            if len(self._spent_until) >= self._MANY:
                self._spent_until = {each: until for each, until in self._spent_until.items() if until > now}
            self._spent_until[owner] = limit.take(before, count, now)
            return Taken(count, max(0, available - count))
