"""Decoding in processes of their own, which can be killed."""

import logging
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from adapters.vision.models.model_description import Recipe
from adapters.vision.pixels.child_messages import receive_answer, task_message
from adapters.vision.pixels.decoding_process import DecodingRules, describe_work
from domain.errors import ImageTooExpensive, InvalidInput, Unavailable
from domain.image_limits import ImageLimits

_log = logging.getLogger(__name__)

# `multiprocessing` first runs the main module of the parent, which may be a script that loads a model.
_PROGRAM = "import sys; sys.path[:] = {path!r}; from adapters.vision.pixels.decoding_process import main; main()"

# Between the end of its answers and that of the process, which may write a dump of its memory.
_ENDING_SECONDS = 2.0
# Interval of looking for a deadline or the end of the process.
_POLL_SECONDS = 0.1
# Kept for the next picture. More of them run only while as many are in use.
_MOST_IDLE = 1


class DecodingStopped(Unavailable):
    """The engine stops before a picture is decoded."""


class DecodingUnfinished(MemoryError):
    """A decoding process ended before its picture, for a reason that lies with the system as far as is known."""


class _Lost(Exception):
    """The process does not answer any more."""


class DecodingProcesses:
    """Prepares pictures as `prepare` does, each in a process that is killed when it takes too long.

    Processes are started when they are needed, and end by themselves.

    Args:
        recipe, limits: see `prepare`.
        stopping: set when the engine stops.
        rules: times; None for the usual ones.
    """

    # Memory of a process beside that for its picture.
    OWN_MEMORY = 48 << 20

    def __init__(
        self, recipe: Recipe, limits: ImageLimits, stopping: threading.Event, rules: DecodingRules | None = None
    ) -> None:
        self._side = recipe.crop
        self._rules = rules or DecodingRules()
        self._work = describe_work(recipe, limits, self._rules)
        self._stopping = stopping
        self._idle: list[_Process] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _kill, self._idle)

    def prepare(self, data: bytes, memory: int) -> NDArray[np.uint8]:
        """RGB pixels of a picture; see `prepare`.

        Args:
            data: a picture.
            memory: bytes that decoding it takes at most.

        Raises:
            InvalidInput: also `ImageTooExpensive`, if it takes more memory or processor time than it may.
            DecodingStopped: `stopping` was set meanwhile.
            MemoryError: the process ended otherwise, or had no processor, which says nothing about the picture.
        """
        message, time_left = task_message(data, memory), _TimeLeft(self._rules, self._stopping)
        while True:
            process = self._take()
            try:
                pixels = process.exchange(message, time_left)
            except _Lost as loss:
                if process.end() == 0:  # it had nothing to do for too long; another one is taken
                    continue
                raise process.judge() from loss
            except BaseException as problem:
                # After a usual refusal it goes on; otherwise it is not known what it holds.
                keep = isinstance(problem, InvalidInput) and not isinstance(problem, ImageTooExpensive)
                if keep:
                    self._give_back(process)
                else:
                    process.kill()
                    _log.warning("a picture was not decoded", extra={"reason": repr(problem.__cause__ or problem)})
                raise
            self._give_back(process)
            return np.frombuffer(pixels, np.uint8).reshape(self._side, self._side, 3)

    def _take(self) -> "_Process":
        with self._lock:
            while self._idle:
                if (process := self._idle.pop()).is_alive:
                    return process
                process.kill()
        try:
            return _Process(self._work)
        except OSError as error:  # no memory, or no number of a process or file left
            raise DecodingUnfinished from error

    def _give_back(self, process: "_Process") -> None:
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(process)
                return
        process.kill()


def _kill(processes: "list[_Process]") -> None:
    for process in processes:
        process.kill()


class _TimeLeft:
    """Time for one picture, which begins now."""

    def __init__(self, rules: DecodingRules, stopping: threading.Event) -> None:
        self._began = time.monotonic()
        self._rules, self._stopping = rules, stopping

    def seconds(self) -> float:
        """Seconds that are left.

        Raises:
            TimeoutError: none are.
            DecodingStopped: nor is any grace.
        """
        passed = time.monotonic() - self._began
        if self._stopping.is_set() and passed > self._rules.grace:
            raise DecodingStopped
        if passed >= self._rules.deadline:
            raise TimeoutError
        return self._rules.deadline - passed


class _Process:
    """One decoding process."""

    def __init__(self, work: str) -> None:
        self._channel, theirs = socket.socketpair()
        command = [sys.executable, "-c", _PROGRAM.format(path=sys.path), work]
        with theirs:
            try:
                # In a group of its own, so that Ctrl-C in a terminal does not end it.
                self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 (our own program)
                    command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, process_group=0
                )
            except BaseException:
                self._channel.close()
                raise

    def exchange(self, message: bytes, time_left: "_TimeLeft") -> bytes:
        """Send a task and receive its answer; see `receive_answer`."""
        try:
            self._channel.settimeout(time_left.seconds())
            self._channel.sendall(message)
            return receive_answer(lambda count: self._receive(count, time_left))
        except (TimeoutError, MemoryError) as error:
            raise DecodingUnfinished from error
        except (EOFError, ConnectionError) as error:
            raise _Lost from error

    def _receive(self, count: int, time_left: "_TimeLeft") -> bytes:
        content = bytearray()
        while len(content) < count:
            self._channel.settimeout(min(_POLL_SECONDS, time_left.seconds()))
            with suppress(TimeoutError):
                part = self._channel.recv(count - len(content))
                if not part:
                    raise EOFError
                content += part
        return bytes(content)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it now."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """Its exit status, negative for a signal, once it no longer answers."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING_SECONDS)
        self.kill()
        return self._process.returncode

    def judge(self) -> Exception:
        """The error that an unexpected end stands for."""
        status = self._process.returncode
        _log.warning("a decoding process ended", extra={"status": status})
        return ImageTooExpensive() if status == -signal.SIGXCPU else DecodingUnfinished()
