"""Fair scheduling: urgent jobs first, but no job waits forever."""

from collections import deque
from itertools import count

from application.ports.queue.job_queue import Delivery
from domain.priority import Priority

# Every so many-th job is not the most urgent one but the one that waits longest: however many urgent ones come, the
# others are done too, and the urgent ones have seven eighths of the engines.
LONGEST_WAITING_EVERY = 8


def longest_waiting_picks(taken: int, more: int) -> int:
    """How many of the next `more` jobs are the longest waiting ones, when `taken` have been taken before."""
    return (taken + more) // LONGEST_WAITING_EVERY - taken // LONGEST_WAITING_EVERY


class FairQueue:
    """Jobs in memory, taken the most urgent first, and among equally urgent ones the longest waiting first.

    Every `LONGEST_WAITING_EVERY`-th job taken is the longest waiting of all. Not thread-safe: callers hold a lock.
    """

    def __init__(self) -> None:
        self._lanes: list[deque[tuple[int, Delivery]]] = [deque() for _ in range(Priority.MAX_LEVEL + 1)]
        self._arrivals = count()
        self._taken = 0

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    def add(self, delivery: Delivery) -> None:
        """One more waits."""
        self._lanes[delivery.job.priority.level].append((next(self._arrivals), delivery))

    def take(self, limit: int) -> list[Delivery]:
        """The next `limit` ones, or all there are."""
        return [self._next() for _ in range(min(limit, len(self)))]

    def clear(self) -> list[Delivery]:
        """Give up waiting; those that did, the longest waiting first."""
        left = sorted((entry for lane in self._lanes for entry in lane), key=lambda entry: entry[0])
        for lane in self._lanes:
            lane.clear()
        return [delivery for _, delivery in left]

    def _next(self) -> Delivery:
        waiting = [lane for lane in self._lanes if lane]
        longest = longest_waiting_picks(self._taken, 1)
        self._taken += 1
        lane = min(waiting, key=lambda lane: lane[0][0]) if longest else waiting[-1]
        return lane.popleft()[1]
