"""Start a process again whenever it ends, as systemd or a container runtime does."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.harness.processes import environment
from tests.harness.service import eventually

# Between the end of a process and its next start.
_PAUSE_SECONDS = 0.1
# A process that ends at once would be started for ever.
_MOST_STARTS = 1000
_STOPPING_SECONDS = 30


class SupervisedProcess:
    """One process of the product, started again whenever it ends, until `stop`.

    Args:
        command: its command line.
        log: file for what it prints, of every start.
        settings: of the product.
    """

    def __init__(self, command: Sequence[str | Path], log: Path, settings: dict[str, object]) -> None:
        self._command = command
        self._log = log
        self._settings = settings
        self._stopping = threading.Event()
        self._process = self._launch()
        self.exits: list[int] = []
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def starts(self) -> int:
        return len(self.exits) + 1

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def name(self) -> str:
        """Its log's, without the suffix."""
        return self._log.stem

    def wait_for(self, line: str) -> None:
        """Return when every start that is still running has logged `line` since now or before."""
        start = self._offset
        eventually(lambda: line in self._log.read_text(errors="replace")[start:])

    def children(self) -> list[int]:
        """The processes that it started itself."""
        pid = self._process.pid
        with suppress(OSError):
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    def kill_group(self) -> None:
        """Send SIGKILL to it and to everything that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def terminate(self) -> tuple[int, float]:
        """Send SIGTERM; return its exit code and the seconds that it took. It is then started again."""
        began, number = time.monotonic(), len(self.exits)
        self.send(signal.SIGTERM)
        eventually(lambda: len(self.exits) > number)
        return self.exits[number], time.monotonic() - began

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it for good; nothing happens if it has been ended already."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self.send(signal.SIGCONT)
        self.send(how)
        self._watcher.join(_STOPPING_SECONDS)
        self.kill_group()
        self._watcher.join()

    def _launch(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            self._offset = log.tell()
            return subprocess.Popen(
                self._command,
                env=environment(**self._settings),
                cwd=self._log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _watch(self) -> None:
        for _ in range(_MOST_STARTS):
            code = self._process.wait()
            if self._stopping.wait(_PAUSE_SECONDS):
                self.exits.append(code)
                return
            self._process = self._launch()
            self.exits.append(code)
