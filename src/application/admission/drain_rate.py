"""The rate at which predictions become final."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from domain.prediction_state import StateChange

# So many pictures wait that the engines certainly have enough to do.
_BUSY = 64
# Seconds of one measurement: long enough for a few batches of a slow machine.
_WINDOW = 3
# Seconds for which the best measurement counts.
_MEMORY = 60


class DrainRate:
    """Measures how many predictions the engines finish a second, while they have enough to do. Thread-safe.

    At other times little is finished because little arrives, which says nothing about what could be.

    Args:
        monotonic: tells the time in seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        # For each of the last seconds, the oldest first: predictions that became final, and if the engines were busy.
        self._seconds: deque[tuple[int, bool]] = deque([(0, False)] * _MEMORY, _MEMORY)
        self._second = int(monotonic())
        self.finished = 0

    def note(self, changes: Sequence[StateChange]) -> None:
        """Note changes of states, as they are announced."""
        count = sum(change.status.is_final for change in changes)
        with self._lock:
            before, busy = self._present_second()
            self._seconds[-1] = before + count, busy
            self.finished += count

    def note_waiting(self, count: int) -> None:
        """Note that so many pictures wait at the moment."""
        with self._lock:
            finished, busy = self._present_second()
            self._seconds[-1] = finished, busy or count >= _BUSY

    @property
    def per_second(self) -> float:
        """Best rate of the last minute, over three seconds where the engines were busy so long; 0 where none is known.

        The present second does not count, since it is not over.
        """
        with self._lock:
            self._present_second()
            seconds = list(self._seconds)[:-1]
        best, run = 0.0, deque[int](maxlen=_WINDOW)
        for finished, busy in seconds:
            if not busy:
                run.clear()
                continue
            run.append(finished)
            # A shorter run counts while there is nothing better: an overload has to be noticed within a second.
            best = max(best, sum(run) / len(run)) if len(run) == _WINDOW or best == 0 else best
        return best

    def _present_second(self) -> tuple[int, bool]:
        now = int(self._monotonic())
        self._seconds.extend([(0, False)] * min(now - self._second, _MEMORY))
        self._second = now
        return self._seconds[-1]
