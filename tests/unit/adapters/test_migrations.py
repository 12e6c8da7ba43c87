"""The migrations go up, down and up again, and make the schema that the code has."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from adapters.sql.connections.database import Database
from adapters.sql.connections.health import DatabaseHealth, SchemaHealth
from adapters.sql.schema.migrate import alembic_config, migrate
from adapters.sql.schema.tables import SCHEMA_REVISION, metadata
from domain.errors import DatabaseUnavailable, SchemaOutdated

REVISIONS = [
    script.revision for script in reversed(list(ScriptDirectory.from_config(alembic_config()).walk_revisions()))
]


def test_the_newest_revision_is_the_code_s() -> None:
    assert REVISIONS[-1] == SCHEMA_REVISION


def test_every_step_of_the_stairway(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'stairway.db'}")
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        for revision in REVISIONS:
            command.upgrade(config, revision)
            command.downgrade(config, "-1")
            command.upgrade(config, revision)
    engine.dispose()


def test_the_migrations_make_the_schema_of_the_code(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'predictor.db'}"
    migrate(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_health_tells_an_empty_database_from_a_migrated_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'predictor.db'}"
    database = Database(url)
    DatabaseHealth(database).check()
    with pytest.raises(SchemaOutdated):
        SchemaHealth(database).check()
    migrate(url)
    SchemaHealth(database).check()
    database.close()


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}"
    with pytest.raises(DatabaseUnavailable):
        migrate(url)
    with pytest.raises(DatabaseUnavailable):
        DatabaseHealth(Database(url)).check()
