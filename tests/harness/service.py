"""Real processes of the product, to be talked to, killed and started again."""

import base64
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import create_engine, text

from entrypoints.cache_folder import user_cache_folder
from tests.harness.keys import KeyCommands, bearer
from tests.harness.processes import PREDICTOR, TIMEOUT_SECONDS, Process, environment

IMAGES = Path(__file__).parents[1] / "data" / "images"
COFFEE = (IMAGES / "coffee.png").read_bytes()
CAMERA = (IMAGES / "camera.png").read_bytes()

_T = TypeVar("_T")


def eventually(look: Callable[[], _T | None], seconds: float = TIMEOUT_SECONDS) -> _T:
    """The first answer that is neither None nor False."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if (answer := look()) is not None and answer is not False:
            return answer
        time.sleep(0.02)
    raise TimeoutError("it never became true")


class Service(KeyCommands, ABC):
    """The running system, as its clients see it."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=30)

    def connect(self, url: str) -> None:
        """Talk to `url` from now on, once it answers."""
        self.client.close()
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=30, headers=bearer(self.key) if self.key else {})
        eventually(self.answers)

    def answers(self) -> bool:
        try:
            return self.client.get("/health/live").status_code == 200
        except httpx.TransportError:
            return False

    @abstractmethod
    def wait_until_ready(self) -> None:
        """Return when it accepts pictures and classifies them."""

    @abstractmethod
    def traces(self) -> tuple[int, int] | None:
        """Number of rows and number of pictures; None where that cannot be seen."""

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


class RemoteService(Service):
    """A deployment that somebody else runs, at ``E2E_BASE_URL``."""

    def wait_until_ready(self) -> None:
        eventually(self.answers)
        # A worker may still be loading its model; a picture shows that one is not.
        self.result(self.submit(COFFEE))

    def traces(self) -> None:
        return None


class EmbeddedService(Service):
    """One data directory, and the `predictor serve` that serves from it."""

    def __init__(self, folder: Path, **settings: object) -> None:
        super().__init__()
        self.folder = folder
        # One cache for all of them: to compile the model takes longer than most tests.
        cache = user_cache_folder()
        self.settings: dict[str, object] = {"data_dir": folder, "port": 0, "cache_dir": cache} | settings
        self.process: Process | None = None

    def start(self, *command: str | Path) -> None:
        """Return as soon as it listens; the model may still be loading."""
        self.create_first_key()
        self.process = Process(command or [PREDICTOR, "serve"], self.folder, "log", self.settings)
        self.connect(self.process.announced_url())

    def wait_until_ready(self) -> None:
        eventually(lambda: self.client.get("/health/ready").status_code == 200)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, and return its exit code."""
        self.client.close()
        return self.process.end(how) if self.process else 0

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query to the database."""
        return rows(f"sqlite:///{self.folder / 'predictor.db'}", query)

    def traces(self) -> tuple[int, int]:
        return self.rows("SELECT count(*) FROM predictions")[0][0], count_pictures(self.folder / "images")


class ProductionService(Service):
    """An API and workers over a database server, a broker and a folder."""

    def __init__(self, folder: Path, database_url: str, broker_url: str, **settings: object) -> None:
        super().__init__()
        self.folder = folder
        self.images = folder / "images"
        self.database_url = database_url
        self.settings: dict[str, object] = {
            "port": 0,
            "database_url": database_url,
            "broker_url": broker_url,
            "queue_name": f"e2e.{folder.name}.{os.getpid()}",
            "image_store_url": f"file://{self.images}",
            "concurrency": 2,
        } | settings
        self.api: Process | None = None
        self.workers: list[Process] = []

    def start(self, *, api_workers: int = 1) -> None:
        """Migrate, and serve; without workers."""
        subprocess.run([PREDICTOR, "migrate"], env=environment(**self.settings), check=True, capture_output=True)
        self.create_first_key()
        self.start_api(api_workers)

    def start_api(self, api_workers: int = 1, command: Sequence[str | Path] = (PREDICTOR,)) -> None:
        self.api = Process([*command, "api", "--workers", str(api_workers)], self.folder, "api.log", self.settings)
        self.connect(self.api.announced_url())
        # From now on it stays where its clients know it.
        self.settings["port"] = int(self.url.rsplit(":", 1)[1])

    def start_worker(self, *command: str | Path, **settings: object) -> Process:
        """One more worker; it may still be loading its model."""
        number = len(self.workers)
        chosen: Sequence[str | Path] = command or (PREDICTOR, "worker")
        worker = Process(chosen, self.folder, f"worker-{number}.log", self.settings | settings)
        self.workers.append(worker)
        return worker

    def wait_until_ready(self) -> None:
        eventually(lambda: self.client.get("/health/ready").status_code == 200)
        for worker in self.workers:
            eventually(lambda worker=worker: "engine ready" in worker.log)  # type: ignore[misc]

    def stop(self) -> None:
        """End everything, at once."""
        self.client.close()
        for process in [*self.workers, *([self.api] if self.api else [])]:
            process.end(signal.SIGKILL if process is not self.api else signal.SIGTERM)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query to the database."""
        return rows(self.database_url, query)

    def traces(self) -> tuple[int, int]:
        return self.rows("SELECT count(*) FROM predictions")[0][0], count_pictures(self.images)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query to the database at `url`."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def count_files(folder: Path) -> int:
    """Number of files in `folder` and below it."""
    return sum(path.is_file() for path in folder.rglob("*"))


def count_pictures(folder: Path) -> int:
    """Number of pictures in an image store's folder."""
    return sum(path.is_file() for path in folder.glob("*/*"))
