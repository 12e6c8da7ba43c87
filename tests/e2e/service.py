"""A real `predictor serve` process, to be talked to, killed and started again."""

import base64
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

IMAGES = Path(__file__).parents[1] / "data" / "images"
COFFEE = (IMAGES / "coffee.png").read_bytes()
CAMERA = (IMAGES / "camera.png").read_bytes()

PREDICTOR = Path(sys.executable).with_name("predictor")
# Loading torch on a busy machine of two cores takes several seconds; this is for one that is busier still.
PATIENCE_SECONDS = 90.0

_T = TypeVar("_T")


def environment(**settings: object) -> dict[str, str]:
    """The environment of a process: ours, less its settings, plus these."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PREDICTOR_")}
    return kept | {f"PREDICTOR_{name.upper()}": str(value) for name, value in settings.items()}


def eventually(look: Callable[[], _T | None], seconds: float = PATIENCE_SECONDS) -> _T:
    """The first answer that is neither None nor False."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if (answer := look()) is not None and answer is not False:
            return answer
        time.sleep(0.02)
    raise TimeoutError("it never became true")


class Service:
    """One data directory, and the process that serves from it."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self._settings = {"data_dir": folder, "port": 0} | settings
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.client = httpx.Client()

    def start(self) -> None:
        """Return as soon as it listens; the model may still be loading."""
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [PREDICTOR, "serve"],
                env=environment(**self._settings),
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.url = self._announced_url()
        self.client.close()
        self.client = httpx.Client(base_url=self.url, timeout=30)
        eventually(self.answers)

    def _announced_url(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], PATIENCE_SECONDS)
        line = self._process.stdout.readline() if readable else ""
        found = re.search(r"http://\S+", line)
        assert found, f"not started: {line!r} {self.log}"
        return found.group()

    def answers(self) -> bool:
        try:
            return self.client.get("/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def wait_until_ready(self) -> None:
        eventually(lambda: self.client.get("/health/ready").status_code == 200)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, and return its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(how)
        code = self._process.wait(timeout=PATIENCE_SECONDS)
        if self._process.stdout:
            self._process.stdout.close()
        self.client.close()
        self._process = None
        return code

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def submit(self, image: bytes, **fields: object) -> str:
        """Submit a picture as the customer does; its uuid."""
        body = {"name": "picture", "data": base64.b64encode(image).decode()} | fields
        response = self.client.post("/inference/image/", json=body, headers={"Content-Type": "text/plain"})
        assert response.status_code == 202, response.text
        uuid: str = response.json()["uuid"]
        return uuid

    def get(self, uuid: str) -> dict[str, Any]:
        response = self.client.get(f"/predictions/{uuid}/")
        assert response.status_code == 200, response.text
        prediction: dict[str, Any] = response.json()
        return prediction

    def result(self, uuid: str) -> dict[str, Any]:
        """The prediction once it is final."""

        def final() -> dict[str, Any] | None:
            prediction = self.get(uuid)
            return prediction if prediction["status"] in ("succeeded", "failed") else None

        return eventually(final)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds."""
        connection = sqlite3.connect(self.folder / "predictor.db")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def images(self) -> list[Path]:
        """The files in the image store."""
        return [path for path in (self.folder / "images").rglob("*") if path.is_file()]


@contextmanager
def running(folder: Path, **settings: object) -> Iterator[Service]:
    """A service that is stopped in the end, whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    service = Service(folder, **settings)
    try:
        service.start()
        yield service
    finally:
        service.stop(signal.SIGKILL)
