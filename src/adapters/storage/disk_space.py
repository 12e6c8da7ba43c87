"""Space on the disks of this machine."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from application.ports.free_space import FreeSpace
from application.ports.health_check import HealthCheck
from domain.errors import DiskAlmostFull

_log = logging.getLogger(__name__)

# Seconds for which a reading counts. Accepted pictures fill a disk by some tens of megabytes a second at most.
_READING_SECONDS = 1.0


class DiskSpace(FreeSpace, HealthCheck):
    """Looks at the file systems of some folders, at most once a second; the log tells each crossing of the limit once.

    Args:
        folders: those that the service writes to. One that cannot be looked at, as before its first use, counts as
            having space: the health checks of what is in it tell more.
        min_free_bytes: limit; 0 for none.
        monotonic: seconds on a clock that never goes back.
    """

    name = "disk"

    def __init__(
        self, folders: Sequence[Path], min_free_bytes: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._folders = folders
        self._min_free_bytes = min_free_bytes
        self._monotonic = monotonic
        self._reading = threading.Lock()
        self._read_at: float | None = None
        self._is_full = False

    def require(self) -> None:
        if self._min_free_bytes and self._is_almost_full():
            raise DiskAlmostFull

    def check(self) -> None:
        self.require()

    def _is_almost_full(self) -> bool:
        with self._reading:
            now = self._monotonic()
            if self._read_at is None or now - self._read_at >= _READING_SECONDS:
                self._read_at = now
                self._note(min(map(_free_bytes, self._folders), default=self._min_free_bytes))
            return self._is_full

    def _note(self, free: int) -> None:
        was_full, self._is_full = self._is_full, free < self._min_free_bytes
        facts = {"free_bytes": free, "limit_bytes": self._min_free_bytes}
        if self._is_full and not was_full:
            _log.warning("disk almost full: no new picture is accepted", extra=facts)
        if was_full and not self._is_full:
            _log.info("disk has space again", extra=facts)


def _free_bytes(folder: Path) -> int:
    """Space that is left for this process's user."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return 2**63
    return found.f_bavail * found.f_frsize
