"""Exponential back-off with full jitter."""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from application.ports.retry import Retry
from domain.errors import Unavailable

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass
class Backoff:
    """Pauses that grow with every failure: the bound doubles from `first` to `last` seconds, the pause is random below.

    The jitter keeps many processes that lost the same server from coming back at the same moment.
    (Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)

    Args:
        first, last: bounds of the random pause, in seconds.
        at_least: seconds that are added to every pause.
    """

    first: float = 0.1
    last: float = 10.0
    at_least: float = 0.0
    _bound: float = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start again with the shortest pause."""
        self._bound = self.first

    def pause(self) -> float:
        """Seconds to pause after one more failure."""
        bound, self._bound = self._bound, min(2 * self._bound, self.last)
        return self.at_least + random.uniform(0, bound)  # noqa: S311 (jitter is no secret)


@dataclass(frozen=True)
class BackoffRetry(Retry):
    """Retries with exponential back-off until the dependency is available or the process stops.

    Args:
        stopping: once it is set, an unavailable dependency is not waited for any more.
        first, last: bounds of the pause, in seconds.
    """

    stopping: threading.Event
    first: float = 0.1
    last: float = 10.0

    def until_available(self, action: Callable[[], T]) -> T:
        backoff = Backoff(self.first, self.last)
        while True:
            try:
                return action()
            except Unavailable as problem:
                if self.stopping.is_set():
                    raise
                _log.warning("waiting for a dependency", extra={"code": problem.code, "problem": problem.message})
            self.stopping.wait(backoff.pause())
