"""A database that another writer holds, so that a test sees what needs it and what does not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import text

from adapters.sql.connections.database import Database
from adapters.sql.schema.tables import metadata


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Hold the database by a connection of another process: every write to it, and in MySQL every statement, waits."""
    with database.read() as connection:
        url, dialect = connection.engine.url.render_as_string(hide_password=False), connection.dialect.name
    other = Database(url)
    with other.write() as connection:
        connection.execute(text(_TO_HOLD if dialect == "sqlite" else _TO_LOCK))
        yield
        if dialect != "sqlite":
            connection.execute(text("UNLOCK TABLES"))
    other.close()


@contextmanager
def locked_sqlite(file: Path) -> Iterator[None]:
    """Hold the database of a service that runs, as a backup does."""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as backup:
        backup.execute("BEGIN IMMEDIATE")
        yield
        backup.execute("ROLLBACK")


# SQLite's write transactions begin with the lock.
_TO_HOLD = "SELECT 1"
_TO_LOCK = "LOCK TABLES " + ", ".join(f"`{name}` WRITE" for name in metadata.tables)
