"""Fair scheduling: urgent jobs first, but no job waits forever."""

from collections import deque
from itertools import count

from application.ports.queue.job_queue import Delivery
from domain.priority import Priority

# Every eighth job is the one that has waited longest instead of the most urgent one. So jobs of low priority are done
# however many urgent ones arrive, and urgent jobs still get seven eighths of the engines.
LONGEST_WAITING_EVERY = 8


def longest_waiting_picks(taken: int, more: int) -> int:
    """Number of the next `more` jobs to be picked by waiting time, after `taken` jobs have been taken."""
    return (taken + more) // LONGEST_WAITING_EVERY - taken // LONGEST_WAITING_EVERY


class FairQueue:
    """Priority queue of deliveries in memory, first in, first out within a priority.

    Every `LONGEST_WAITING_EVERY`-th delivery taken is the one that has waited longest, whatever its priority. Not
    thread-safe: callers hold a lock.
    """

    def __init__(self) -> None:
        self._lanes: list[deque[tuple[int, Delivery]]] = [deque() for _ in range(Priority.MAX_LEVEL + 1)]
        self._arrivals = count()
        self._taken = 0

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    def count(self, priority: Priority) -> int:
        """Number of deliveries of this priority."""
        return len(self._lanes[priority.level])

    def add(self, delivery: Delivery) -> None:
        """Append a delivery to those of its priority."""
        self._lanes[delivery.job.priority.level].append((next(self._arrivals), delivery))

    def take(self, limit: int) -> list[Delivery]:
        """Remove and return the next deliveries, `limit` at most."""
        return [self._next() for _ in range(min(limit, len(self)))]

    def clear(self) -> list[Delivery]:
        """Remove and return all deliveries in the order in which they were added."""
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
