"""The ways to classify pictures that are compared with each other."""

from abc import ABC, abstractmethod
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Self

from adapters.vision.compiling.compiled_model import compiled_model
from benchmarks import pipeline, plain
from benchmarks.bench import Bench, choice_of, settings_for
from benchmarks.client import Plan
from benchmarks.processes import cpu_seconds
from benchmarks.speed import Speed
from entrypoints.setting_types import usable_cores
from tests.harness.service import EmbeddedService, ProductionService

CLIENTS = 32
# What a worker takes at once when more is waiting.
_BATCH = 8


class Contender(ABC):
    """One way to classify. It runs while it is entered as a context, and is idle between two calls of `speed`.

    Args:
        bench: where it runs.
        precision: of the model; None for the bench's own.
    """

    title: str

    def __init__(self, bench: Bench, precision: str | None = None) -> None:
        self.bench = bench
        self.precision = precision or bench.precisions[0]

    @property
    def model(self) -> bytes:
        """The file of the model."""
        return compiled_model(choice_of(self.precision)).read_bytes()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Return when it is ready to be measured.

        Raises:
            NotPossible: it cannot run here.
        """

    @abstractmethod
    def stop(self) -> None:
        """End it, also where it has not quite started."""

    @abstractmethod
    def speed(self, seconds: float) -> Speed:
        """Rate and CPU time, measured for so many seconds."""


class Limit(Contender):
    """A process for each core, and nothing but Pillow and the engine."""

    title = "in-process limit: a process for each core, Pillow and the engine"

    def start(self) -> None:
        context, self._cores = get_context("spawn"), usable_cores()
        # Each process waits for the others, so no process can take two of the tasks.
        arguments = (self.model, self.bench.pictures, context.Barrier(self._cores))
        self._pool = ProcessPoolExecutor(self._cores, context, plain.prepare, arguments)

    def stop(self) -> None:
        self._pool.shutdown()

    def speed(self, seconds: float) -> Speed:
        speeds = list(self._pool.map(plain.classify_for, [seconds] * self._cores))
        cpu_seconds = sum(speed.cpu_seconds_an_image * speed.rate for speed in speeds)
        rate = sum(speed.rate for speed in speeds)
        return Speed(rate, {"processes": cpu_seconds / rate})


class InProcess(Contender):
    """The product's classifier without a server."""

    title = "pipeline alone: VisionClassifier.classify in a thread for each core"

    def start(self) -> None:
        arguments = (settings_for(self.precision), self.bench.pictures)
        self.pool = ProcessPoolExecutor(1, get_context("spawn"), pipeline.prepare, arguments)

    def stop(self) -> None:
        self.pool.shutdown()

    def speed(self, seconds: float) -> Speed:
        return self.pool.submit(pipeline.classify_for, seconds, usable_cores(), _BATCH).result()

    def times_of_one(self, count: int) -> list[float]:
        """See `pipeline.times_of_one`."""
        return self.pool.submit(pipeline.times_of_one, count).result()


class Served(Contender):
    """Pictures go in over HTTP, and each is answered with its label."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The URL of the service."""

    @abstractmethod
    def processes(self) -> dict[str, int]:
        """The processes that do the work: what they are called, and their numbers."""

    def speed(self, seconds: float) -> Speed:
        before = {name: cpu_seconds(pid) for name, pid in self.processes().items()}
        outcome = self.bench.client.drive(Plan(self.url, self.bench.waiting_posts, CLIENTS, seconds, 1.0, labels=True))
        used = {name: cpu_seconds(pid) - before[name] for name, pid in self.processes().items()}
        used["clients"] = outcome.cpu_seconds
        return Speed(outcome.rate, {name: spent / outcome.total for name, spent in used.items()})


class Embedded(Served):
    """`predictor serve`."""

    title = f"embedded: over HTTP, answered with the label, {CLIENTS} clients"

    def start(self) -> None:
        self.service: EmbeddedService = self.bench.embedded(self.precision)
        self.service.start()
        self.service.wait_until_ready()

    def stop(self) -> None:
        self.service.stop()

    @property
    def url(self) -> str:
        return self.service.url

    def processes(self) -> dict[str, int]:
        assert self.service.process
        return {"service": self.service.process.pid}


class Production(Served):
    """`predictor api` and `predictor worker` over MariaDB and RabbitMQ."""

    title = f"production: over HTTP, answered with the label, {CLIENTS} clients"

    def start(self) -> None:
        self.service: ProductionService = self.bench.production(self.precision)
        self.service.start()
        self.service.start_worker()
        self.service.wait_until_ready()

    def stop(self) -> None:
        self.service.stop()

    @property
    def url(self) -> str:
        return self.service.url

    def processes(self) -> dict[str, int]:
        assert self.service.api
        return {
            "API": self.service.api.pid,
            "worker": self.service.workers[0].pid,
            "database": self.bench.database.pid,
            "broker": self.bench.broker.pid,
        }
