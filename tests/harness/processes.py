"""Processes of the product, with their settings and their logs."""

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PREDICTOR = Path(sys.executable).with_name("predictor")
# Loading torch on a busy machine of two cores takes several seconds; this is for one that is busier still.
TIMEOUT_SECONDS = 90.0


def environment(**settings: object) -> dict[str, str]:
    """The environment of a process: ours, less its settings, plus these."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PREDICTOR_")}
    return kept | {f"PREDICTOR_{name.upper()}": str(value) for name, value in settings.items()}


class Process:
    """One process of the product, with its log in a file."""

    def __init__(self, command: Sequence[str | Path], folder: Path, log: str, settings: dict[str, object]) -> None:
        self._log = folder / log
        with self._log.open("a") as log_file:
            self._process = subprocess.Popen(
                command, env=environment(**settings), cwd=folder, stdout=subprocess.PIPE, stderr=log_file, text=True
            )

    def announced_url(self) -> str:
        """The URL that it prints once it serves."""
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], TIMEOUT_SECONDS)
        line = self._process.stdout.readline() if readable else ""
        found = re.search(r"http://\S+", line)
        assert found, f"not started: {line!r} {self.log}"
        return found.group()

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, and return its exit code."""
        if self.is_running:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
        code = self._process.wait(timeout=TIMEOUT_SECONDS)
        if self._process.stdout:
            self._process.stdout.close()
        return code
