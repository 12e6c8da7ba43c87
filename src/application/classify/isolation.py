"""Shared-exclusive lock for the batches of one engine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Isolation:
    """Shared-exclusive lock that prefers exclusive holders: batches run concurrently, or one runs alone.

    The exclusive side is for jobs that may crash the process. All other batches in the process would crash with them,
    and the attempt would count against jobs that did no harm.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._shared_holders = 0
        self._is_exclusive = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold the lock together with other shared holders; wait while anybody holds or awaits it exclusively."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_exclusive)
            self._shared_holders += 1
        try:
            yield
        finally:
            with self._changed:
                self._shared_holders -= 1
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock alone: wait until all current holders have released it, and admit no new ones meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_exclusive)
            self._is_exclusive = True
            self._changed.wait_for(lambda: self._shared_holders == 0)
        try:
            yield
        finally:
            with self._changed:
                self._is_exclusive = False
                self._changed.notify_all()
