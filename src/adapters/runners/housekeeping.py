"""What has to be done now and then."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from application.ports.retry import Retry
from domain.errors import Unavailable

_log = logging.getLogger(__name__)


@dataclass
class Housekeeping:
    """Runs chores at intervals, each in a thread of its own, until `stopping` is set.

    Args:
        retry: waits for what is away.
        stopping: ends it.
    """

    retry: Retry
    stopping: threading.Event
    _threads: list[threading.Thread] = field(default_factory=list, init=False)

    def every(self, seconds: float, chore: Callable[[], int], message: str) -> None:
        """Do `chore` every so many seconds, and log `message` when it returns that it did anything."""
        thread = threading.Thread(target=self._repeat, args=(seconds, chore, message), daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """End, and wait for what is under way."""
        self.stopping.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, seconds: float, chore: Callable[[], int], message: str) -> None:
        while not self.stopping.wait(seconds):
            try:
                if count := self.retry.until_available(chore):
                    _log.warning(message, extra={"count": count})
            except Unavailable:
                return  # `retry` ends only when the process does
            except Exception:
                _log.exception("a chore failed")
