"""ResultWaiters longer and longer between two tries."""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from application.ports.retry import Retry
from domain.errors import Unavailable

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BackoffRetry(Retry):
    """Tries until it works or the process stops, with exponential back-off and full jitter.

    The wait doubles from `first` to `last` seconds and is drawn at random below that, so that many
    processes that lost the same server do not come back at the same moment.
    (Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)

    Args:
        stopping: once it is set, there is no more waiting.
        first, last: bounds of the wait, in seconds.
    """

    stopping: threading.Event
    first: float = 0.1
    last: float = 10.0

    def until_available(self, action: Callable[[], T]) -> T:
        wait = self.first
        while True:
            try:
                return action()
            except Unavailable as problem:
                if self.stopping.is_set():
                    raise
                _log.warning("waiting for a part of the system", extra={"code": problem.code})
            self.stopping.wait(random.uniform(0, wait))  # noqa: S311 (jitter is no secret)
            wait = min(2 * wait, self.last)
