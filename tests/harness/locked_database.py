"""A database that another writer holds, so that a test sees what needs it and what does not."""

from collections.abc import Iterator
from contextlib import contextmanager

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


# SQLite's write transactions begin with the lock.
_TO_HOLD = "SELECT 1"
_TO_LOCK = "LOCK TABLES " + ", ".join(f"`{name}` WRITE" for name in metadata.tables)
