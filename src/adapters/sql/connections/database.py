"""Connections to SQLite and MySQL.

SQLite has one writing connection for the whole process, opened with ``BEGIN IMMEDIATE``; it alone checkpoints
the write-ahead log, since SQLite up to 3.51.2 can lose a log that two connections reset. Reading goes through
connections of its own that never wait for the writer. MySQL has a pool for each as well.
"""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, exc, make_url

from adapters.sql.connections.errors import translated_errors

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
# A connection that was used so short a time ago, and that the server did not close, is alive.
_REST_SECONDS = 1.0
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
        self._writer = _sqlite_writer(parsed) if sqlite else _mysql_writer(parsed)
        self._reader = _sqlite_reader(parsed) if sqlite else _mysql_reader(parsed)

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


def _mysql_writer(url: URL) -> Engine:
    # READ COMMITTED: no gap locks, and a reader sees what was committed a moment ago.
    return _mysql(url, isolation_level="READ COMMITTED")


def _mysql_reader(url: URL) -> Engine:
    # A single SELECT is a transaction of its own: it takes one round trip, rather than one more to end it.
    return _mysql(url, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True)


def _mysql(url: URL, **options: Any) -> Engine:
    # What the URL says about time-outs has precedence.
    timeouts = {name: seconds for name, seconds in _MYSQL_TIMEOUTS.items() if name not in url.query}
    engine = create_engine(
        url,
        connect_args=timeouts | {"init_command": f"SET innodb_lock_wait_timeout = {_MYSQL_LOCK_PATIENCE_SECONDS}"},
        # What was not committed is rolled back when a connection is given back; after a commit there is nothing to do.
        pool_reset_on_return=None,
        pool_size=10,
        max_overflow=10,
        pool_timeout=_PATIENCE_SECONDS,
        **options,
    )
    _ping_after_a_rest(engine)
    return engine


def _ping_after_a_rest(engine: Engine) -> None:
    """See that a connection still lives before it is used.

    One that the server closed shows it by itself. Only after a rest, in which a network may have forgotten it, the
    server is asked; always asking (``pool_pre_ping``) would be one more round trip for every transaction.
    """

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: Any, _proxy: object) -> None:
        rested = time.monotonic() - record.info.get("used_at", 0.0) > _REST_SECONDS
        if _was_closed(connection) or (rested and not _answers(connection)):
            # The pool replaces it, and every other one that is as old.
            raise exc.InvalidatePoolError

    @event.listens_for(engine, "checkin")
    def checkin(_connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()


def _was_closed(connection: Any) -> bool:
    """Whether there is something to read, which on a connection at rest can only be its end."""
    looking = select.poll()
    looking.register(connection._sock, select.POLLIN)  # PyMySQL has no public name for its socket
    return bool(looking.poll(0))


def _answers(connection: Any) -> bool:
    try:
        connection.ping(reconnect=False)
    except Exception:
        return False
    return True
