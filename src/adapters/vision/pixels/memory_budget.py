"""Memory that may be in use at once for decoding pictures."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class MemoryBudget:
    """Weighted semaphore that serves its callers in turn, so that a heavy one is not overtaken for ever.

    Args:
        total: bytes that all holders have together.
    """

    def __init__(self, total: int) -> None:
        self._total = self._free = total
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, weight: int) -> Iterator[None]:
        """Hold `weight` bytes, or all there are if it is more; wait until as many are free."""
        weight, place = min(weight, self._total), object()
        with self._changed:
            self._waiting.append(place)
            try:
                self._changed.wait_for(lambda: self._waiting[0] is place and self._free >= weight)
                self._free -= weight
            finally:
                self._waiting.remove(place)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += weight
                self._changed.notify_all()
