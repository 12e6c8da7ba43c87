"""The process of a private server, and its stand-in where somebody else runs the server."""

import os
import random
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import NoReturn

import pytest

# Recovery after a kill on a busy machine of two cores; usually it is two to six seconds.
TIMEOUT_SECONDS = 90.0


class ServerProcess(ABC):
    """A server with a folder and a port of its own; both stay the same when it is started again.

    Args:
        folder: where everything it writes goes; made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for clients."""

    @abstractmethod
    def answers(self) -> bool:
        """True when a client can work with it."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command line; it has to become the server itself or to have it in its process group."""

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def start(self) -> None:
        """Return when it answers.

        Raises:
            RuntimeError: it does not; what it printed is in the message.
        """
        self.launch()
        give_up_at = time.monotonic() + TIMEOUT_SECONDS
        while not self.answers():
            if time.monotonic() > give_up_at or not self.is_running:
                self.kill()
                raise RuntimeError(f"{type(self).__name__} did not start:\n{self.output}")
            time.sleep(0.05)

    def launch(self) -> None:
        """Start it, and do not wait for it."""
        assert self._process is None, "it is running already"
        with (self.folder / "output").open("ab") as output:
            # A session of its own: Ctrl-C in the terminal is for the tests, which then stop it themselves.
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it as an administrator does, and wait until it is gone."""
        self.resume()
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power failure does."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Let it hang: connections stay open, nothing is answered."""
        self._signal(signal.SIGSTOP)
        if self._process is not None:
            # The signal reaches its threads one by one; the last may still answer a question.
            os.waitpid(self._process.pid, os.WUNTRACED)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal(signal.SIGCONT)

    @property
    def pid(self) -> int:
        assert self._process is not None, "it is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> str:
        """Everything that it printed, of every start."""
        path = self.folder / "output"
        return path.read_text(errors="replace") if path.exists() else ""

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._signal(how)
        try:
            self._process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait(TIMEOUT_SECONDS)
            raise
        finally:
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.is_running:
            os.killpg(self._process.pid, number)


class GivenServer:
    """A server that somebody else runs: a test that wants to hurt it is skipped.

    Args:
        url: where it is.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self) -> NoReturn:
        pytest.skip("the server was given by its URL; starting and hurting it is not for us")

    def stop(self) -> NoReturn:
        self.start()

    def kill(self) -> NoReturn:
        self.start()

    def restart(self) -> NoReturn:
        self.start()

    def pause(self) -> NoReturn:
        self.start()

    def resume(self) -> NoReturn:
        self.start()


def free_port() -> int:
    """A port of this machine that nobody listens on.

    Not one that the system hands to clients (32768 and up on Linux): while the server is down, another
    connection could get it, and a client that knocks at such a port can even end up connected to itself.
    """
    while True:
        port = random.randrange(15000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
