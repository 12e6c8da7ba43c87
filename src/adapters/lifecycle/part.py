"""Life of the long-lived parts of a process: connections, and threads that run use cases."""

import logging
import threading
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from application.ports.health_check import HealthCheck
from domain.errors import Unavailable

_log = logging.getLogger(__name__)


class BackgroundFailed(Unavailable):
    """A background thread failed unexpectedly and is tried again."""

    code = "background_failed"


class Part(Protocol):
    """A part of a process that starts, runs in the background, and stops."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Name for logs and health."""

    @abstractmethod
    def start(self) -> None:
        """Start in the background and return at once."""

    @abstractmethod
    def stop(self) -> None:
        """Finish the work in hand and return when it is done. Does nothing if the part was not started."""

    @property
    @abstractmethod
    def failure(self) -> BaseException | None:
        """Unexpected error that the part has not recovered from yet."""


@dataclass(frozen=True)
class Parts(HealthCheck):
    """All parts of a process, started in order and stopped in reverse order.

    Args:
        stopping: set first when the process stops, so that nothing waits for a dependency any more.
        close: called last, to close what the parts use.
        parts: in the order in which they start.
    """

    stopping: threading.Event
    close: Callable[[], None]
    parts: Sequence[Part]
    name: str = "background"

    def start(self) -> None:
        """Start every part."""
        for part in self.parts:
            part.start()

    def stop(self) -> None:
        """Stop every part, also when another one cannot be stopped cleanly."""
        self.stopping.set()
        for part in reversed(self.parts):
            try:
                part.stop()
            except Exception:
                _log.exception("a part did not stop cleanly", extra={"part": part.name})
        self.close()

    def check(self) -> None:
        if failing := [part.name for part in self.parts if part.failure]:
            raise BackgroundFailed(f"Failed unexpectedly and is tried again: {', '.join(failing)}.")
