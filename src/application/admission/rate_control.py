"""The rates of owners, with a few pictures taken ahead."""

import threading
from dataclasses import dataclass

from application.ports.database.rate_buckets import RateBuckets
from domain.access.caller import Caller
from domain.access.owner import Owner
from domain.access.rate import RateLimit
from domain.errors import RateLimited

# Pictures of one owner that a process takes ahead, so that not every one costs a transaction; but no more than this
# part of what the owner may have at once, since another process lacks them.
_AHEAD = 32
_PART_AHEAD = 16


@dataclass(frozen=True, slots=True)
class RateStanding:
    """An owner's rate after a submission.

    Args:
        limit: the rate.
        left: pictures that may be submitted at once, as far as this process knows.
    """

    limit: RateLimit
    left: int


class RateControl:
    """Takes from the rates of owners. Thread-safe.

    Args:
        default: rate of an owner whose key has none of its own; None for no limit.
        buckets: shared by all processes.
    """

    def __init__(self, default: RateLimit | None, buckets: RateBuckets) -> None:
        self._default = default
        self._buckets = buckets
        self._lock = threading.Lock()
        self._ahead: dict[Owner, tuple[int, int]] = {}

    def limit_of(self, caller: Caller) -> RateLimit | None:
        """Rate of the caller; None for no limit."""
        limits, default = caller.limits, self._default
        if limits.rate_per_minute is None and limits.burst is None:
            return default
        per_minute = limits.rate_per_minute or (default.per_minute if default else None)
        if per_minute is None:
            return None
        return RateLimit(per_minute, limits.burst or (default.burst if default else per_minute))

    def take_ahead(self, caller: Caller, count: int) -> RateStanding | None:
        """Take from what was taken ahead, without the database; None where that is not enough."""
        limit = self.limit_of(caller)
        assert limit is not None  # nothing is taken without a limit
        with self._lock:
            ahead, left = self._ahead.get(caller.owner, (0, 0))
            if ahead < count:
                return None
            self._ahead[caller.owner] = ahead - count, left
        return RateStanding(limit, left + ahead - count)

    def take(self, caller: Caller, count: int) -> RateStanding:
        """Take from the rate of the owner.

        Raises:
            RateLimited: so many are not available yet.
            DatabaseUnavailable: the rates cannot be reached.
        """
        limit = self.limit_of(caller)
        assert limit is not None  # nothing is taken without a limit
        most = count + min(_AHEAD, limit.burst // _PART_AHEAD)
        taken = self._buckets.take(caller.owner, limit, count, most)
        if taken.count == 0:
            raise RateLimited(taken.wait, limit)
        with self._lock:
            ahead, _ = self._ahead.get(caller.owner, (0, 0))
            self._ahead[caller.owner] = ahead + taken.count - count, taken.left
        return RateStanding(limit, taken.left + taken.count - count)
