"""Ends a process whose parent is gone."""

import os
import signal
from collections.abc import Callable
from multiprocessing.connection import wait

from adapters.lifecycle.supervised_loop import SupervisedLoop


def terminate_process() -> None:
    """Ask this process to stop, as SIGTERM from outside does."""
    os.kill(os.getpid(), signal.SIGTERM)


class ParentWatch(SupervisedLoop):
    """Acts when the parent process ends, however it ends.

    A process that shares the listening socket of a dead parent would hold its address for ever.

    Args:
        sentinel: of the parent, as `multiprocessing.Process.sentinel`.
        on_gone: called once; by default, terminates this process.
    """

    def __init__(self, sentinel: int, on_gone: Callable[[], None] = terminate_process) -> None:
        stopped, self._stop = os.pipe()
        super().__init__("parent watch", self._wait, wake=lambda: os.close(self._stop))
        self._sentinel, self._stopped = sentinel, stopped
        self._on_gone = on_gone

    def _wait(self) -> None:
        if self._sentinel in wait([self._sentinel, self._stopped]):
            self._on_gone()
            wait([self._stopped])
