"""Connections to SQLite and MySQL.

SQLite has one writing connection for the whole process, opened with ``BEGIN IMMEDIATE``; it alone checkpoints
the write-ahead log, since SQLite up to 3.51.2 can lose a log that two connections reset. Reads use connections of
their own, which never wait for the writer. MySQL has a pool for reading and one for writing.
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
# Maximum time that a transaction waits for a connection or a lock before the database counts as unavailable.
_TIMEOUT_SECONDS = 30.0

# Without these a server that hangs would block every thread that asks it for ever.
_MYSQL_TIMEOUTS = {"connect_timeout": 10, "read_timeout": int(_TIMEOUT_SECONDS), "write_timeout": int(_TIMEOUT_SECONDS)}
# A connection that was used within this time, and that the server did not close, is alive.
_IDLE_SECONDS = 1.0
# Shorter than the timeouts, so that the server reports the reason and the connection is kept.
_MYSQL_LOCK_TIMEOUT_SECONDS = 20
# The server ends a transaction whose client sends nothing for so long, and with it its locks. Otherwise a process that
# is frozen within a transaction, or whose machine is gone without a word, would hold rows for hours.
_MYSQL_SILENCE_SECONDS = 30

_SQLITE_PRAGMAS = (
    # With FULL a commit survives a power failure; with NORMAL, WAL's usual companion, only a crash.
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={int(_TIMEOUT_SECONDS * 1000)}",
    # Rows that belong to a prediction are deleted with it, as in MySQL.
    "PRAGMA foreign_keys=ON",
)


class Database:
    """Transactions on the database at a URL.

    Args:
        url: ``sqlite:///path`` or ``mysql+pymysql://user:password@host:port/name``.
        shared: True for a SQLite file that other processes write as well. It has no write-ahead log, so that readers
            and writers wait for each other.
    """

    def __init__(self, url: str, *, shared: bool = False) -> None:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        journal = "DELETE" if shared else "WAL"
        self._writer = _sqlite_writer(parsed, journal) if sqlite else _mysql_writer(parsed)
        self._reader = _sqlite_reader(parsed) if sqlite else _mysql_reader(parsed)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may write; it is rolled back unless it is committed.

        Raises:
            DatabaseUnavailable: the database cannot be reached, or is locked or full.
        """
        with translated_errors(), self._writer.connect() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads the committed state.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with translated_errors(), self._reader.connect() as connection:
            yield connection

    @property
    def connections_in_use(self) -> int:
        """Number of connections in use; 0 while no transaction is open."""
        return sum(engine.pool.checkedout() for engine in {self._writer, self._reader})  # type: ignore[attr-defined]

    def close(self) -> None:
        """Close all connections, the readers first, so that the writer makes the last checkpoint."""
        self._reader.dispose()
        self._writer.dispose()


def _sqlite_writer(url: URL, journal: str) -> Engine:
    engine = _sqlite(url, pool_size=1)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    _on_connect(engine, f"PRAGMA journal_mode={journal}", *_SQLITE_PRAGMAS)
    return engine


def _sqlite_reader(url: URL) -> Engine:
    engine = _sqlite(url, pool_size=_SQLITE_READERS)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    _on_connect(engine, *_SQLITE_PRAGMAS[1:], "PRAGMA query_only=ON", "PRAGMA wal_autocheckpoint=0")
    return engine


def _sqlite(url: URL, pool_size: int) -> Engine:
    # isolation_level None keeps the driver from opening transactions by itself.
    return create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_TIMEOUT_SECONDS,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )


def _on_connect(engine: Engine, *statements: str) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        for statement in statements:
            connection.execute(statement)


def _mysql_writer(url: URL) -> Engine:
    # READ COMMITTED: no gap locks, and each statement sees the latest commits.
    return _mysql(url, wait_timeout=_MYSQL_SILENCE_SECONDS, isolation_level="READ COMMITTED")


def _mysql_reader(url: URL) -> Engine:
    # Each SELECT is a transaction of its own, which saves the round trip that ends one.
    return _mysql(url, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True)


def _mysql(url: URL, wait_timeout: int | None = None, **options: Any) -> Engine:
    # Timeouts in the URL have precedence.
    timeouts = {name: seconds for name, seconds in _MYSQL_TIMEOUTS.items() if name not in url.query}
    variables = f"SET innodb_lock_wait_timeout = {_MYSQL_LOCK_TIMEOUT_SECONDS}"
    if wait_timeout is not None:
        variables += f", wait_timeout = {wait_timeout}"
    engine = create_engine(
        url,
        connect_args=timeouts | {"init_command": variables},
        # SQLAlchemy rolls back an open transaction when a connection is closed; after a commit there is nothing to do.
        pool_reset_on_return=None,
        pool_size=10,
        max_overflow=10,
        pool_timeout=_TIMEOUT_SECONDS,
        **options,
    )
    _ping_after_idling(engine)
    return engine


def _ping_after_idling(engine: Engine) -> None:
    """Check that a connection is alive before it is used.

    One that the server closed is recognised without asking. The server is asked only after an idle time, in which the
    network may have dropped the connection; asking always (``pool_pre_ping``) would cost every transaction one more
    round trip. A new connection is not checked: the pool would replace it twice and then raise an error of its own.
    """

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: Any, _proxy: object) -> None:
        used_at = record.info.get("used_at")
        if used_at is None:
            return
        idle = time.monotonic() - used_at > _IDLE_SECONDS
        if _was_closed(connection) or (idle and not _answers(connection)):
            # The pool replaces this connection and all others that are as old.
            raise exc.InvalidatePoolError

    @event.listens_for(engine, "checkin")
    def checkin(_connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()


def _was_closed(connection: Any) -> bool:
    """True if there is something to read, which on an idle connection can only be its end."""
    if not connection.open:  # by the driver, after an error within an answer
        return True
    poll = select.poll()
    poll.register(connection._sock, select.POLLIN)  # PyMySQL has no public name for its socket
    return bool(poll.poll(0))


def _answers(connection: Any) -> bool:
    try:
        connection.ping(reconnect=False)
    except Exception:
        return False
    return True
