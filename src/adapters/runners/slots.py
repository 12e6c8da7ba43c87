"""A slot of an engine: the size of its batches, and their time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

# A batch should not take longer: a more urgent picture waits for the end of one. Ordinary ones take a tenth of it.
_BATCH_SECONDS = 2.0
# Of a clock; a batch takes longer.
_CLOCK_SECONDS = 1e-6


class Slot:
    """One batch in an engine's hands, and the size of the next one.

    The size follows the time that the last batch took: where pictures are dear, a slot takes a few of them at once, so
    that an urgent one does not wait for many others. It grows again when they are cheap, at most to twice the size.

    Args:
        most: maximum size of a batch.
        still_after: time after which a batch should have ended.
        now: seconds of a clock that only goes forward.
    """

    def __init__(self, most: int, still_after: timedelta, now: Callable[[], float] = time.monotonic) -> None:
        self._most: Final = most
        self._still_seconds: Final = still_after.total_seconds()
        self._now = now
        self.batch_size = most
        self._is_at_work = False
        self._began = 0.0

    @property
    def stands_still(self) -> bool:
        """True if it has been at work on the same batch for long."""
        return self._is_at_work and self._now() - self._began > self._still_seconds

    @contextmanager
    def at_work(self, count: int) -> Iterator[None]:
        """Note a batch of `count` jobs from its beginning to its end."""
        self._began = self._now()
        self._is_at_work = True
        try:
            yield
        finally:
            self._is_at_work = False
            seconds = max(self._now() - self._began, _CLOCK_SECONDS)
            fitting = int(count * _BATCH_SECONDS / seconds)
            self.batch_size = max(1, min(self._most, 2 * self.batch_size, fitting))
