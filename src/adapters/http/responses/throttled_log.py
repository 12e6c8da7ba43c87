"""Warnings that a client can cause as often as it likes."""

import logging
import time
from collections.abc import Callable

# An operator sees that it goes on, and a log of a day stays readable.
_SECONDS = 10.0


class ThrottledLog:
    """Logs a message at most once in ten seconds, with the number of times that it was meant.

    Args:
        log: where to.
        clock: gives seconds.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._clock = log, clock
        self._counts: dict[str, int] = {}
        self._quiet_until: dict[str, float] = {}

    def warning(self, message: str, **facts: object) -> None:
        """Log, or only count; `facts` become fields of the line that is logged."""
        self._counts[message] = self._counts.get(message, 0) + 1
        if self._clock() < self._quiet_until.get(message, 0.0):
            return
        self._log.warning(message, extra={**facts, "times": self._counts.pop(message)})
        self._quiet_until[message] = self._clock() + _SECONDS
