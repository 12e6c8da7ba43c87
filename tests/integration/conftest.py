"""Databases and queues on real servers."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from adapters.sql.connections.database import Database
from adapters.sql.schema.migrate import migrate
from adapters.sql.schema.tables import metadata
from adapters.sql.unit_of_work import SQLUnitOfWork
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer
from tests.harness.technologies.rabbitmq import feed, world

__all__ = ["feed", "world"]


@pytest.fixture(scope="module")
def migrated(mariadb: MariaDBServer | GivenDatabase) -> str:
    """The URL of a database with our schema, one for all tests of a file."""
    url = mariadb.new_database()
    migrate(url)
    return url


@pytest.fixture
def database(migrated: str) -> Iterator[Database]:
    """That database without any row."""
    database = Database(migrated)
    with database.write() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
        connection.commit()
    yield database
    assert database.connections_in_use == 0
    database.close()


@pytest.fixture
def unit_of_work(database: Database) -> SQLUnitOfWork:
    return SQLUnitOfWork(database)
