"""Connections to SQLite and MySQL.

SQLite has one writing connection for the whole process, opened with ``BEGIN IMMEDIATE``; it alone checkpoints
the write-ahead log, since SQLite up to 3.51.2 can lose a log that two connections reset. Reading goes through
connections of its own that never wait for the writer. MySQL has one pool for both.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url

from adapters.sql.errors import translated_errors

# Reads take a fraction of a millisecond; more connections than this only hold memory.
_SQLITE_READERS = 8
# How long a transaction waits for its turn before the database counts as unavailable.
_PATIENCE_SECONDS = 30.0

# Without these a server that hangs, rather than being away, would hold every thread that asks it for ever.
_MYSQL_TIMEOUTS = {
    "connect_timeout": 10,
    "read_timeout": int(_PATIENCE_SECONDS),
    "write_timeout": int(_PATIENCE_SECONDS),
}
# Shorter than the time-outs, so that the server says why, and the connection is kept.
_MYSQL_LOCK_PATIENCE_SECONDS = 20

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # With FULL a commit survives a power failure; with NORMAL, WAL's usual companion, only a crash.
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={int(_PATIENCE_SECONDS * 1000)}",
    # What belongs to a prediction goes with it, as in MySQL.
    "PRAGMA foreign_keys=ON",
)


class Database:
    """Transactions on the database at a URL.

    Args:
        url: ``sqlite:///path`` or ``mysql+pymysql://user:password@host:port/name``.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        self._writer = _sqlite_writer(parsed) if sqlite else _mysql(parsed)
        self._reader = _sqlite_reader(parsed) if sqlite else self._writer

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write and is rolled back unless it was committed.

        Raises:
            DatabaseUnavailable: the database cannot be reached, or is locked or full.
        """
        with translated_errors(), self._writer.connect() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A look at the committed state.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with translated_errors(), self._reader.connect() as connection:
            yield connection

    @property
    def connections_in_use(self) -> int:
        """How many connections are checked out: 0 whenever nothing is under way."""
        return sum(engine.pool.checkedout() for engine in {self._writer, self._reader})  # type: ignore[attr-defined]

    def close(self) -> None:
        """Close every connection; the readers first, so that the writer makes the last checkpoint."""
        self._reader.dispose()
        self._writer.dispose()


def _sqlite_writer(url: URL) -> Engine:
    engine = _sqlite(url, pool_size=1)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    _on_connect(engine, *_SQLITE_PRAGMAS)
    return engine


def _sqlite_reader(url: URL) -> Engine:
    engine = _sqlite(url, pool_size=_SQLITE_READERS)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    _on_connect(engine, *_SQLITE_PRAGMAS[2:], "PRAGMA query_only=ON", "PRAGMA wal_autocheckpoint=0")
    return engine


def _sqlite(url: URL, pool_size: int) -> Engine:
    # isolation_level None keeps the driver from opening transactions behind SQLAlchemy's back.
    return create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_PATIENCE_SECONDS,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )


def _on_connect(engine: Engine, *statements: str) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        for statement in statements:
            connection.execute(statement)


def _mysql(url: URL) -> Engine:
    # What the URL says about time-outs has precedence.
    timeouts = {name: seconds for name, seconds in _MYSQL_TIMEOUTS.items() if name not in url.query}
    # READ COMMITTED: no gap locks, and a reader sees what was committed a moment ago.
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        connect_args=timeouts | {"init_command": f"SET innodb_lock_wait_timeout = {_MYSQL_LOCK_PATIENCE_SECONDS}"},
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=_PATIENCE_SECONDS,
    )
