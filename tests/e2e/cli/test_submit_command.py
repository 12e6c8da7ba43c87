"""`predictor submit` over a folder, while the service is restarted and the command is interrupted."""

import csv
import os
import pty
import signal
import subprocess
import threading
from functools import partial
from pathlib import Path

from PIL import Image

from tests.e2e.conftest import Serve
from tests.harness.processes import PREDICTOR, environment
from tests.harness.servers.process import free_port
from tests.harness.service import EmbeddedService, eventually

PICTURES = 1000


def test_a_thousand_pictures_through_a_restart_and_ctrl_c(serve: Serve, tmp_path: Path) -> None:
    draw(folder := tmp_path / "pictures")
    service = serve(port=free_port())
    command: list[str | Path] = [
        PREDICTOR,
        "submit",
        folder,
        "--wait",
        "--csv",
        tmp_path / "out.csv",
        "--url",
        service.url,
    ]

    on_terminal = OnTerminal(command)
    eventually(lambda: len(labels(tmp_path)) > PICTURES // 10)
    restart(service)
    eventually(lambda: len(labels(tmp_path)) > PICTURES // 2)
    on_terminal.process.send_signal(signal.SIGINT)
    assert on_terminal.end() == 130
    assert "/s " in on_terminal.shown
    assert f"/{PICTURES}" in on_terminal.shown
    assert PICTURES // 2 < len(labels(tmp_path)) < PICTURES
    assert service.rows("SELECT count(*) FROM predictions")[0][0] < PICTURES

    again = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert (again.returncode, again.stdout) == (0, "")
    assert "known" in again.stderr
    assert "\x1b" not in again.stderr
    assert len(labels(tmp_path)) == len((tmp_path / "out.csv").read_text().splitlines()) - 1 == PICTURES
    assert service.rows("SELECT count(*) FROM predictions") == [(PICTURES,)]


class OnTerminal:
    """A command that believes to be looked at; `shown` is what it wrote."""

    def __init__(self, command: list[str | Path]) -> None:
        self._ours, its = pty.openpty()
        terminal = environment() | {"TERM": "xterm", "COLUMNS": "100"}
        # A shell that starts the tests in the background lets everything below them ignore Ctrl-C; a terminal does not.
        listening = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        self.process = subprocess.Popen(command, env=terminal, stdin=its, stdout=its, stderr=its, preexec_fn=listening)
        os.close(its)
        self.shown = ""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def end(self) -> int:
        """Its exit code, once it has ended."""
        code = self.process.wait(timeout=60)
        self._reading.join(10)
        os.close(self._ours)
        return code

    def _read(self) -> None:
        try:
            while got := os.read(self._ours, 65536):
                self.shown += got.decode(errors="replace")
        except OSError:  # how Linux says that nobody has the other end open any more
            return


def draw(folder: Path) -> None:
    """Small pictures, of which no two are the same."""
    folder.mkdir()
    for number in range(PICTURES):
        Image.new("RGB", (32, 32), (number % 256, number // 256, 128)).save(folder / f"{number:04}.png")


def labels(folder: Path) -> dict[str, str]:
    """The label of each file that has one in the CSV file."""
    path = folder / "out.csv"
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {row["file"]: row["prediction"] for row in csv.DictReader(file) if row["prediction"]}


def restart(service: EmbeddedService) -> None:
    assert service.process is not None
    assert service.process.end(signal.SIGTERM) == 0
    service.start()
