"""The migrations make on MySQL and MariaDB what they make on SQLite."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from adapters.sql.connections.database import Database
from adapters.sql.connections.health import DatabaseHealth, SchemaHealth
from adapters.sql.schema.migrate import alembic_config, migrate
from adapters.sql.schema.tables import metadata
from adapters.sql.unit_of_work import SQLUnitOfWork
from domain.errors import DatabaseUnavailable, SchemaOutdated
from tests.contracts.unit_of_work import look_up
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer
from tests.unit.adapters.test_migrations import REVISIONS

# Ids and codes: compared byte by byte, one byte a character.
_ASCII = {
    *("uuid", "img", "status", "error_code", "key", "idempotency_key", "fingerprint", "image_hash", "model_version"),
    *("webhook_url", "webhook_events", "image_state", "id", "event", "state", "delivery", "error", "version"),
    *("owner", "digest", "scopes"),
    "lane",
}


@pytest.fixture
def url(mariadb: MariaDBServer | GivenDatabase) -> str:
    return mariadb.new_database()


@pytest.fixture
def engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    assert database.connections_in_use == 0
    database.close()


def test_every_step_of_the_stairway(engine: Engine) -> None:
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        for revision in REVISIONS:
            command.upgrade(config, revision)
            command.downgrade(config, "-1")
            command.upgrade(config, revision)


def test_the_migrations_make_the_schema_of_the_code(url: str, engine: Engine) -> None:
    migrate(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(url: str) -> None:
    migrate(url)
    migrate(url)


def test_text_is_utf8mb4_ids_are_ascii_and_tables_innodb(url: str, engine: Engine) -> None:
    migrate(url)
    with engine.connect() as connection:
        assert _columns(connection, "utf8mb4") >= {"name", "prediction", "error_message"}
        assert _columns(connection, "ascii") == _ASCII
        engines = text("SELECT DISTINCT engine FROM information_schema.tables WHERE table_schema = DATABASE()")
        assert connection.execute(engines).scalars().all() == ["InnoDB"]


def _columns(connection: Connection, character_set: str) -> set[str]:
    query = text(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND character_set_name = :character_set"
    )
    return set(connection.execute(query, {"character_set": character_set}).scalars())


def test_an_empty_database_is_there_but_not_in_shape(database: Database) -> None:
    DatabaseHealth(database).check()
    with pytest.raises(SchemaOutdated):
        SchemaHealth(database).check()
    with pytest.raises(DatabaseUnavailable):
        look_up(SQLUnitOfWork(database), 1)


def test_a_schema_that_is_behind_is_refused(url: str, database: Database) -> None:
    migrate(url, REVISIONS[-2])
    with pytest.raises(SchemaOutdated):
        SchemaHealth(database).check()
    migrate(url)
    SchemaHealth(database).check()
