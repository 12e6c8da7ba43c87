"""Pictures, servers and services for the measurements."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.vision.models.model_choice import ModelChoice, Precision, RuntimeKind
from benchmarks.client import LoadClient, post_picture
from benchmarks.pictures import as_json, find_pictures
from entrypoints.settings import Settings
from tests.harness.servers.mariadb import MariaDBServer, missing_mariadb
from tests.harness.servers.rabbitmq import RabbitMQServer, missing_rabbitmq
from tests.harness.service import EmbeddedService, ProductionService


class NotPossible(Exception):
    """A measurement cannot be made here; the message says why."""


@dataclass
class Bench:
    """One run: its folder, its pictures, its servers. Use it as a context, which stops everything.

    Args:
        folder: empty, on a disk.
        images: the pictures to use; None for derived ones.
        quick: as short as possible, to see that it works.
        precisions: of the model, whose rates are measured; everything else is with the first of them.
    """

    folder: Path
    images: Path | None
    quick: bool
    precisions: Sequence[str]
    skipped: dict[str, str] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _services: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def full_or_quick(self, full: float, quick: float) -> float:
        """Duration or amount in this run."""
        return quick if self.quick else full

    @property
    def rounds(self) -> int:
        """Number of rounds in which everything is measured in turn."""
        return 2 if self.quick else 5

    @cached_property
    def _named_pictures(self) -> dict[str, bytes]:
        found = find_pictures(self.images)
        if not found:
            raise NotPossible(f"there is no picture in {self.images}")
        return found

    @property
    def pictures(self) -> list[bytes]:
        """Encoded pictures."""
        return list(self._named_pictures.values())

    @property
    def picture_names(self) -> list[str]:
        """The names of their files, in the same order."""
        return list(self._named_pictures)

    @cached_property
    def posts(self) -> list[bytes]:
        """A request for each picture."""
        return [post_picture(as_json(picture)) for picture in self.pictures]

    @cached_property
    def waiting_posts(self) -> list[bytes]:
        """A request for each picture, which is answered with its label."""
        return [post_picture(as_json(picture), wait=True) for picture in self.pictures]

    @cached_property
    def client(self) -> LoadClient:
        return self._stack.enter_context(LoadClient())

    @cached_property
    def database(self) -> MariaDBServer:
        """A private MariaDB or MySQL, running."""
        if why := missing_mariadb():
            raise NotPossible(why)
        server = MariaDBServer(self.folder / "database")
        server.start()
        self._stack.callback(server.kill)
        return server

    @cached_property
    def broker(self) -> RabbitMQServer:
        """A private RabbitMQ, running."""
        if why := missing_rabbitmq():
            raise NotPossible(why)
        server = RabbitMQServer(self.folder / "broker")
        server.start()
        self._stack.callback(server.kill)
        return server

    def embedded(self, precision: str | None = None) -> EmbeddedService:
        """A new service in one process; not started."""
        return EmbeddedService(self._new_folder(), precision=precision or self.precisions[0])

    def production(self, precision: str | None = None, **settings: object) -> ProductionService:
        """A new service of several processes on a database of its own; not started."""
        url, precision = self.database.new_database(), precision or self.precisions[0]
        return ProductionService(self._new_folder(), url, self.broker.url, precision=precision, **settings)

    def _new_folder(self) -> Path:
        self._services += 1
        folder = self.folder / f"service-{self._services}"
        folder.mkdir()
        return folder


def settings_for(precision: str) -> Settings:
    """Settings of the processes under test, for work in our own: the defaults, but for the precision."""
    return Settings.model_validate({"precision": precision})


def choice_of(precision: str) -> ModelChoice:
    """The compiled model, as the product has it in its cache."""
    settings = settings_for(precision)
    return ModelChoice(
        settings.model, settings.weights, settings.cache_folder, RuntimeKind.CPU, Precision(settings.precision)
    )
