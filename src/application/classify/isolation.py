"""Who may work at the same time as whom, within one engine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Isolation:
    """Any number work side by side, or one works alone.

    For jobs that may end the process: whatever else the process works on then ends with it, and the attempt would
    count against jobs that did nothing.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._side_by_side = 0
        self._somebody_alone = False

    @contextmanager
    def side_by_side(self) -> Iterator[None]:
        """Wait until nobody works alone, or wants to, and work."""
        with self._changed:
            self._changed.wait_for(lambda: not self._somebody_alone)
            self._side_by_side += 1
        try:
            yield
        finally:
            with self._changed:
                self._side_by_side -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until everybody else is done, and work; nobody begins meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: not self._somebody_alone)
            self._somebody_alone = True
            self._changed.wait_for(lambda: self._side_by_side == 0)
        try:
            yield
        finally:
            with self._changed:
                self._somebody_alone = False
                self._changed.notify_all()
