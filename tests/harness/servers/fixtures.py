"""One database server and one broker for the whole run.

``TEST_DATABASE_URL`` and ``TEST_BROKER_URL`` name running servers to use. Otherwise private ones are started;
where they are not installed the tests are skipped, or fail with ``REQUIRE_STACK=1``.

A test that hurts a server leaves it running again.
"""

import os
from collections.abc import Iterator

import pytest

from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer, missing_mariadb
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer, missing_rabbitmq


def missing_servers() -> str | None:
    """The reason that the tests lack a database server or a broker; None if there are both."""
    reasons = []
    if not os.environ.get("TEST_DATABASE_URL"):
        reasons.append(missing_mariadb())
    if not os.environ.get("TEST_BROKER_URL"):
        reasons.append(missing_rabbitmq())
    return "; ".join(filter(None, reasons)) or None


def skip_or_fail(missing: str | None) -> None:
    """Return if nothing is missing; otherwise skip the test, or fail it where nothing may be skipped."""
    if missing is None:
        return
    if os.environ.get("REQUIRE_STACK") == "1":
        pytest.fail(f"REQUIRE_STACK=1, and {missing}")
    pytest.skip(missing)


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDBServer | GivenDatabase]:
    """A database server."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        given = GivenDatabase(url)
        yield given
        given.drop_databases()
        return
    skip_or_fail(missing_mariadb())
    server = MariaDBServer(tmp_path_factory.mktemp("mariadb"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQServer | GivenBroker]:
    """A broker."""
    if url := os.environ.get("TEST_BROKER_URL"):
        yield GivenBroker(url)
        return
    skip_or_fail(missing_rabbitmq())
    server = RabbitMQServer(tmp_path_factory.mktemp("rabbitmq"))
    try:
        server.start()
        yield server
    finally:
        server.kill()
