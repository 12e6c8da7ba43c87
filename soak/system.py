"""The production system under test: its servers, its processes, and a look inside."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx
import pika
from pika.adapters.blocking_connection import BlockingChannel
from sqlalchemy import create_engine, text

import tests.harness
from adapters.rabbitmq.codec import UnknownMessage, decode
from adapters.rabbitmq.topology import Topology
from domain.image import ImageKey
from domain.job import Job
from domain.priority import Priority
from soak.supervisor import SupervisedProcess
from tests.harness.processes import PREDICTOR, environment
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer
from tests.harness.servers.process import free_port
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import eventually, rows

# RabbitMQ 3.10 that is killed within a second or two of a quorum queue's first declaration forgets the queue's log for
# good, and the queue is dead from then on.
_QUEUE_AGE_SECONDS = 5.0
_MOST_DEAD_LETTERS = 100_000


@dataclass(frozen=True)
class Servers:
    """The database server and the broker."""

    database: MariaDBServer | GivenDatabase
    broker: RabbitMQServer | GivenBroker

    @property
    def are_private(self) -> bool:
        """True if they may be stopped and killed."""
        return isinstance(self.database, MariaDBServer) and isinstance(self.broker, RabbitMQServer)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Number of APIs behind one address list, of processes of each, and of workers with their command.

    `prefix` comes before the command of each process.
    """

    apis: int = 1
    api_processes: int = 2
    workers: int = 2
    worker_command: Sequence[str | Path] = (PREDICTOR, "worker")
    prefix: Sequence[str | Path] = ()


class System:
    """A system on a database and a queue of its own, ready while the context is entered.

    Args:
        folder: for its logs and pictures.
        servers: what it runs on.
        layout: its processes.
        settings: of the product, where the defaults are not wanted.
    """

    def __init__(self, folder: Path, servers: Servers, layout: Layout, settings: dict[str, object]) -> None:
        self._folder = folder
        self.images = folder / "images"
        self._layout = layout
        self.database_url = str(settings.get("database_url") or servers.database.new_database())
        broker_url = str(settings.get("broker_url", servers.broker.url))
        self.broker = Topology(tuple(broker_url.split()), f"soak.{folder.name}.{time.time_ns()}")
        self.settings: dict[str, object] = {
            "database_url": self.database_url,
            "broker_url": broker_url,
            "queue_name": self.broker.queue,
            "image_store_url": f"file://{self.images}",
            "concurrency": 2,
        } | settings
        self._running = ExitStack()
        self._queue_since = 0.0
        self.urls: list[str] = []
        self.apis: list[SupervisedProcess] = []
        self.workers: list[SupervisedProcess] = []

    def __enter__(self) -> Self:
        subprocess.run([PREDICTOR, "migrate"], env=environment(**self.settings), check=True, capture_output=True)
        with self._running:
            for number in range(self._layout.apis):
                self._start_api(number)
            for number in range(self._layout.workers):
                self._start_worker(number, {})
            for url in self.urls:
                eventually(lambda url=url: answers(url, "/health/ready"))  # type: ignore[misc]
            self._queue_since = time.monotonic()
            for worker in self.workers:
                worker.wait_for("engine ready")
            self._running = self._running.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()
        self._delete_queues()

    def wait_until_queue_is_stable(self) -> None:
        """Return when the queue is old enough for its broker to be killed."""
        time.sleep(max(0.0, self._queue_since + _QUEUE_AGE_SECONDS - time.monotonic()))

    def is_served(self) -> bool:
        """True if every API answers."""
        return all(answers(url, "/health/live") for url in self.urls)

    def add_worker(self, command: Sequence[str | Path] = (), **settings: object) -> SupervisedProcess:
        """One more worker, with settings and if given a command of its own; returns when it is ready."""
        worker = self._start_worker(len(self.workers), settings, command)
        worker.wait_for("engine ready")
        return worker

    def stop_workers(self) -> None:
        """End all workers for good, once they have finished what they have in work."""
        while self.workers:
            self.workers.pop().stop()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query to the database."""
        return rows(self.database_url, query)

    def execute(self, statement: str) -> None:
        """Change rows of the database."""
        engine = create_engine(self.database_url)
        try:
            with engine.begin() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def messages(self) -> int:
        """Number of messages in the queues of jobs that no worker has."""

        def count(channel: BlockingChannel) -> int:
            found = [channel.queue_declare(queue, passive=True).method for queue in self.broker.queues]
            return sum(int(queue.message_count) for queue in found)

        counted: int = self.on_channel(count)
        return counted

    def jobs(self) -> list[Job]:
        """A job for each row."""
        kept = self.rows("SELECT uuid, img, model, priority FROM predictions")
        return [Job(UUID(uuid), ImageKey(image), model, Priority(level)) for uuid, image, model, level in kept]

    def on_channel(self, action: Callable[[BlockingChannel], Any]) -> Any:
        """Do `action` with a channel to the broker, and return its result."""
        connection = pika.BlockingConnection(self.broker.connection_parameters("soak"))
        try:
            return action(connection.channel())
        finally:
            if connection.is_open:
                connection.close()

    def take_dead_letters(self) -> tuple[list[str], int]:
        """The uuids of the jobs among the dead letters, and the number of other messages; all are then gone."""

        def take(channel: BlockingChannel) -> list[bytes]:
            bodies: list[bytes] = []
            while len(bodies) < _MOST_DEAD_LETTERS and (body := channel.basic_get(dead, auto_ack=True)[2]):
                bodies.append(body)
            return bodies

        dead = self.broker.dead_letters
        found: list[bytes] = self.on_channel(take)
        uuids: list[str] = []
        for body in found:
            with suppress(UnknownMessage):
                uuids.append(str(decode(body).uuid))
        return uuids, len(found) - len(uuids)

    def _start_api(self, number: int) -> None:
        port = free_port()
        command: list[str | Path] = [PREDICTOR, "api", "--workers", str(self._layout.api_processes)]
        self.apis.append(self._start(f"api-{number}", command, {"port": port}))
        self.urls.append(f"http://127.0.0.1:{port}")

    def _start_worker(
        self, number: int, settings: dict[str, object], command: Sequence[str | Path] = ()
    ) -> SupervisedProcess:
        worker = self._start(f"worker-{number}", command or self._layout.worker_command, settings)
        self.workers.append(worker)
        return worker

    def _start(self, name: str, command: Sequence[str | Path], settings: dict[str, object]) -> SupervisedProcess:
        command = [*self._layout.prefix, *command]
        process = SupervisedProcess(command, self._folder / f"{name}.log", self.settings | settings)
        self._running.callback(process.stop)
        return process

    def _delete_queues(self) -> None:
        def delete(channel: BlockingChannel) -> None:
            for queue in (*self.broker.queues, self.broker.dead_letters):
                channel.queue_delete(queue)
            channel.exchange_delete(self.broker.dead_letter_exchange)

        self.on_channel(delete)


def special_worker(script: str, *arguments: object) -> list[str | Path]:
    """The command line of a worker of `tests/harness`."""
    return [sys.executable, Path(tests.harness.__path__[0]) / script, *map(str, arguments)]


def answers(url: str, path: str) -> bool:
    """True if it answers 200."""
    try:
        return httpx.get(url + path, timeout=10).status_code == 200
    except httpx.TransportError:
        return False
