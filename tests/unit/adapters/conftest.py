"""SQLite databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sql.connections.database import Database
from adapters.sql.schema.migrate import migrate


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of an empty database with our schema: copying it is faster than migrating."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture
def database(tmp_path: Path, migrated: bytes) -> Iterator[Database]:
    """A database without any row."""
    path = tmp_path / "predictor.db"
    path.write_bytes(migrated)
    database = Database(f"sqlite:///{path}")
    yield database
    assert database.connections_in_use == 0
    database.close()
