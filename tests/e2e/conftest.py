"""The system in each of its shapes, for all tests that do not harm it.

With ``E2E_BASE_URL`` it is the deployment there, and only what can be seen over HTTP is tested.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.browsing import browser, page, visit
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import EmbeddedService, ProductionService, RemoteService, Service

__all__ = ["browser", "page", "visit"]

BASE_URL = os.environ.get("E2E_BASE_URL")
SHAPES = ["remote"] if BASE_URL else ["embedded", "production"]
# The files of tests that need nothing but HTTP.
REMOTE_FILES = {
    Path(__file__).parent / room / name
    for room, name in (
        ("http", "test_bad_input.py"),
        ("http", "test_classification.py"),
        ("http", "test_many_predictions.py"),
        ("client", "test_client.py"),
    )
}

Serve = Callable[..., EmbeddedService]
Produce = Callable[..., ProductionService]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Against a deployment, leave out what needs to start or to kill its processes."""
    is_test = collection_path.name.startswith("test_")
    return True if BASE_URL and is_test and collection_path not in REMOTE_FILES else None


@contextmanager
def embedded(folder: Path, **settings: object) -> Iterator[EmbeddedService]:
    """A service that is stopped in the end, whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    service = EmbeddedService(folder, **settings)
    try:
        service.start()
        yield service
    finally:
        service.stop(signal.SIGKILL)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., EmbeddedService]]:
    """Starts embedded services."""
    started: list[EmbeddedService] = []

    def start(**settings: object) -> EmbeddedService:
        service = EmbeddedService(tmp_path, **settings)
        started.append(service)
        service.start()
        return service

    yield start
    for service in started:
        service.stop(signal.SIGKILL)


@pytest.fixture
def produce(
    tmp_path: Path, mariadb: MariaDBServer | GivenDatabase, rabbitmq: RabbitMQServer | GivenBroker
) -> Iterator[Produce]:
    """Starts services of several processes, each on a database and a queue of its own."""
    started: list[ProductionService] = []

    def start(*, api_workers: int = 1, **settings: object) -> ProductionService:
        service = ProductionService(tmp_path, mariadb.new_database(), rabbitmq.url, **settings)
        started.append(service)
        service.start(api_workers=api_workers)
        return service

    yield start
    for service in started:
        service.stop()


@pytest.fixture(scope="session", params=SHAPES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that is ready."""
    folder = tmp_path_factory.mktemp("service")
    if request.param == "remote":
        remote = RemoteService(str(BASE_URL))
        remote.wait_until_ready()
        yield remote
    elif request.param == "embedded":
        with embedded(folder) as service:
            service.wait_until_ready()
            yield service
    else:
        servers = request.getfixturevalue("mariadb"), request.getfixturevalue("rabbitmq")
        production = ProductionService(folder, servers[0].new_database(), servers[1].url)
        try:
            production.start(api_workers=2)
            production.start_worker()
            production.wait_until_ready()
            yield production
        finally:
            production.stop()
