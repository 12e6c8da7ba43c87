"""The rate at which predictions become final."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from domain.prediction_state import StateChange

# Seconds of one measurement: long enough for a few batches of a slow machine.
_WINDOW = 3
# Seconds for which the best measurement counts. While little arrives, little is finished, which says nothing about what
# could be.
_MEMORY = 60


class DrainRate:
    """Measures how many predictions the engines finish a second, when they have enough to do. Thread-safe.

    Args:
        monotonic: tells the time in seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        # Number of predictions that became final in each of the last seconds, the oldest first.
        self._seconds: deque[int] = deque([0] * _MEMORY, _MEMORY)
        self._second = int(monotonic())
        self.finished = 0

    def note(self, changes: Sequence[StateChange]) -> None:
        """Note changes of states, as they are announced."""
        count = sum(change.status.is_final for change in changes)
        with self._lock:
            self._turn()
            self._seconds[-1] += count
            self.finished += count

    @property
    def per_second(self) -> float:
        """Best rate of the last minute; 0 while nothing has been finished."""
        with self._lock:
            self._turn()
            seconds = list(self._seconds)
        # The present second is not over, so that its count is no measurement yet.
        sums = (sum(seconds[first : first + _WINDOW]) for first in range(_MEMORY - _WINDOW))
        return max(sums) / _WINDOW

    def _turn(self) -> None:
        now = int(self._monotonic())
        self._seconds.extend([0] * min(now - self._second, _MEMORY))
        self._second = now
