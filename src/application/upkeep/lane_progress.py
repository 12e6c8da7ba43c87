"""How far the lanes of the queue had come some time ago."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from application.ports.queue.lane_gauge import LaneReading
from domain.priority import Priority

Lane = tuple[Priority, ...]


@dataclass(frozen=True)
class LaneProgress:
    """Times until which each lane had delivered its jobs, remembered for as long as `ago`.

    A lane that is empty has delivered all jobs that were published until now; any other one, those that were published
    before one that was taken from it.

    Args:
        ago: how far back to look.
    """

    # Readings that are kept: looking back is inexact by one of these parts.
    PARTS: ClassVar[int] = 20

    ago: timedelta
    _seen: dict[Lane, deque[tuple[datetime, datetime]]] = field(default_factory=dict, init=False)

    def note(self, lanes: Sequence[LaneReading], now: datetime) -> None:
        """Remember a reading; `now` is the time just before it."""
        for lane in lanes:
            until = lane.taken_until if lane.waiting else now
            seen = self._seen.setdefault(tuple(lane.priorities), deque())
            while seen and seen[-1][0] > now:  # the clock was set back
                seen.pop()
            if until and not (seen and now - seen[-1][0] < self.ago / self.PARTS):
                seen.append((now, until))

    def delivered(self, now: datetime) -> dict[Lane, datetime]:
        """Time until which each lane had delivered its jobs `ago`. Lanes of which that is not known are left out."""
        delivered: dict[Lane, datetime] = {}
        for lane, seen in self._seen.items():
            while len(seen) > 1 and seen[1][0] <= now - self.ago:
                seen.popleft()
            if seen and seen[0][0] <= now - self.ago:
                delivered[lane] = seen[0][1]
        return delivered
