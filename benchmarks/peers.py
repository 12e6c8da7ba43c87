"""Other servers, measured beside ours: ``make bench-peers``."""

import os
import signal
import subprocess
from pathlib import Path

from benchmarks.bench import NotPossible
from benchmarks.client import Plan, answers, post_picture
from benchmarks.contenders import CLIENTS, Contender
from benchmarks.pictures import as_json
from benchmarks.processes import cpu_seconds
from benchmarks.speed import Speed
from entrypoints.setting_types import usable_cores
from tests.harness.servers.process import free_port
from tests.harness.service import eventually

_ROOT = Path(__file__).parents[1]
_PYTHON = _ROOT / ".venv-peers" / "bin" / "python"


class LitServe(Contender):
    """LitServe from the Python package index. Its workers look for work all the time: between turns they are paused."""

    title = f"LitServe: submitted over HTTP and waited for, nothing stored, {CLIENTS} clients"
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if why := _missing("litserve"):
            raise NotPossible(why)
        model, port = self.bench.folder / f"peers-{self.precision}.onnx", free_port()
        model.write_bytes(self.model)
        command: list[str | Path] = [_PYTHON, "-m", "benchmarks.litserve_server", model, str(port), str(usable_cores())]
        with (self.bench.folder / "litserve.log").open("a") as log:
            self._process = subprocess.Popen(command, cwd=_ROOT, stdout=log, stderr=log, start_new_session=True)
        self._url = f"http://127.0.0.1:{port}"
        self._posts = [post_picture(as_json(picture), "/predict") for picture in self.bench.pictures]
        eventually(lambda: answers(f"{self._url}/health"))
        self._signal(signal.SIGSTOP)

    def stop(self) -> None:
        if self._process:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def speed(self, seconds: float) -> Speed:
        self._signal(signal.SIGCONT)
        assert self._process
        before = cpu_seconds(self._process.pid)
        outcome = self.bench.client.drive(Plan(self._url, self._posts, CLIENTS, seconds, 1.0))
        used = {"LitServe": cpu_seconds(self._process.pid) - before, "clients": outcome.cpu_seconds}
        self._signal(signal.SIGSTOP)
        return Speed(outcome.rate, {name: spent / outcome.total for name, spent in used.items()})

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        os.killpg(self._process.pid, number)


def _missing(package: str) -> str | None:
    if not _PYTHON.exists():
        return f"{_PYTHON.parents[1].name} is not there; `make bench-peers` makes it"
    tried = subprocess.run([_PYTHON, "-c", f"import {package}"], capture_output=True, text=True, check=False)
    return (
        None if tried.returncode == 0 else f"{package} is not installed: {tried.stderr.strip().rpartition(chr(10))[2]}"
    )
