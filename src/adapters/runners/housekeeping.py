"""Chores: use cases that run at intervals."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from adapters.lifecycle.supervised_loop import LoopGroup, SupervisedLoop
from application.ports.retry import Retry

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """A use case that runs at intervals.

    Args:
        name: of its thread.
        seconds: pause before each run.
        run: does the work and returns the number of predictions it changed.
        message: logged when that number is not 0.
        level: of that message.
    """

    name: str
    seconds: float
    run: Callable[[], int]
    message: str
    level: int = logging.WARNING


class Housekeeping(LoopGroup):
    """Runs each chore in a thread of its own.

    Args:
        chores: to run.
        retry: waits for dependencies.
        stopping: ends the threads.
    """

    name = "housekeeping"

    def __init__(self, chores: Sequence[Chore], retry: Retry, stopping: threading.Event) -> None:
        super().__init__([SupervisedLoop(chore.name, partial(self._run, chore), stopping) for chore in chores])
        self._retry = retry
        self._stopping = stopping

    def _run(self, chore: Chore) -> None:
        if self._stopping.wait(chore.seconds):
            return
        if count := self._retry.until_available(chore.run):
            _log.log(chore.level, chore.message, extra={"count": count})
