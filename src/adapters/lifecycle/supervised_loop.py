"""Long-lived threads that survive every error."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from adapters.lifecycle.backoff import Backoff
from adapters.lifecycle.part import Part
from domain.errors import Unavailable

_log = logging.getLogger(__name__)

# A step that runs for this long works again: the next pause is short, and an earlier error is no longer reported.
_STEADY_SECONDS = 5.0


class SupervisedLoop(Part):
    """A thread that calls `step` until it is stopped, whatever `step` raises.

    After an error the next call waits with exponential back-off. An `Unavailable` is expected and logged as a warning;
    any other error is logged with its traceback and is the loop's `failure` until a step returns or runs steadily.

    Args:
        name: of the thread, for logs and health.
        step: one round of the work; it may block as long as `wake` ends it.
        stopping: ends the loop; loops that stop together share one.
        wake: called after `stopping` is set, to end a step that blocks.
        backoff: pauses after errors.
    """

    name = ""

    def __init__(
        self,
        name: str,
        step: Callable[[], object],
        stopping: threading.Event | None = None,
        wake: Callable[[], object] = lambda: None,
        backoff: Backoff | None = None,
    ) -> None:
        self.name = name
        self._step = step
        self._stopping = stopping or threading.Event()
        self._wake = wake
        self._backoff = backoff or Backoff()
        self._failure: BaseException | None = None
        self._step_began: float | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        """True once the loop was told to stop."""
        return self._stopping.is_set()

    @property
    def failure(self) -> BaseException | None:
        return None if self._runs_steadily() else self._failure

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.tell_to_stop()
        self.join()

    def tell_to_stop(self) -> None:
        """End the loop after the step under way, without waiting for that."""
        self._stopping.set()
        self._wake()

    def join(self) -> None:
        """Wait for the end of the thread."""
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._step_began = time.monotonic()
            try:
                self._step()
            except Unavailable as problem:
                reason = repr(problem.__cause__ or problem)
                _log.warning("a dependency is unavailable", extra={"part": self.name, "reason": reason})
            except BaseException as error:  # also a panic of a Rust extension, which is no Exception
                self._failure = error
                _log.exception("a background thread failed and is tried again", extra={"part": self.name})
            else:
                self._failure = None
                self._backoff.reset()
                continue
            self._pause()

    def _pause(self) -> None:
        if self._runs_steadily():
            self._backoff.reset()
        self._step_began = None
        self._stopping.wait(self._backoff.pause())

    def _runs_steadily(self) -> bool:
        began = self._step_began
        return began is not None and time.monotonic() - began > _STEADY_SECONDS


class LoopGroup(Part):
    """Loops that start and stop together."""

    name = ""

    def __init__(self, loops: Sequence[SupervisedLoop]) -> None:
        self._loops = loops

    @property
    def failure(self) -> BaseException | None:
        return next(filter(None, (loop.failure for loop in self._loops)), None)

    def start(self) -> None:
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        for loop in self._loops:
            loop.tell_to_stop()
        for loop in self._loops:
            loop.join()
