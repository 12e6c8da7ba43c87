"""Accounts of a database server, and what an administrator does to them."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from sqlalchemy import Connection, NullPool, create_engine, exc, make_url, text

_NUMBERS = itertools.count()
# MariaDB takes no lower limit of connections.
_FEWEST = 10
_OTHERS = text(
    "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()"
    " AND user NOT IN (:spared, 'system user', 'event_scheduler') AND command NOT IN ('Daemon', 'Killed')"
)


def administer(url: str, *statements: str) -> None:
    """Run statements with an account that may do everything."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def ordinary_account(url: str) -> str:
    """The URL of the same database for a new account that may do everything in it, and nothing beside it.

    An administrator may write to a server that is read-only, and connect to one that is full.
    """
    parsed = make_url(url)
    name = f"ordinary{next(_NUMBERS)}_{parsed.database}"[-32:]
    administer(
        url,
        f"CREATE USER '{name}'@'%' IDENTIFIED BY 'secret'",
        f"GRANT ALL ON {parsed.database}.* TO '{name}'@'%'",
    )
    return parsed.set(username=name, password="secret").render_as_string(hide_password=False)


@contextmanager
def changed(url: str, **variables: str | int) -> Iterator[None]:
    """Change variables of the server, for connections that are made from now on, until the context is left."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as administrator:
        names = ", ".join(f"@@GLOBAL.{name}" for name in variables)
        [before] = administrator.execute(text(f"SELECT {names}"))
    settings = [text(f"SET GLOBAL {name} = :value") for name in variables]
    try:
        for setting, value in zip(settings, variables.values(), strict=True):
            with engine.connect() as administrator:
                administrator.execute(setting, {"value": value})
        yield
    finally:
        for setting, value in zip(settings, before, strict=True):
            with engine.connect() as administrator:
                administrator.execute(setting, {"value": value})


def cut_connections(url: str) -> None:
    """End all connections to the server, as a restarting proxy does; `url` is of an account that may do everything."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as administrator:
        _cut(administrator, spared="")


@contextmanager
def taken_connections(url: str) -> Iterator[None]:
    """Leave no connection for anybody, those who had one included, until the context is left.

    Args:
        url: of an account that may do everything; its own connections are left alone.
    """
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with ExitStack() as taken:
        # The server keeps one more for administrators, which is the first.
        administrator, *_ = [taken.enter_context(engine.connect()) for _ in range(_FEWEST + 1)]
        [(before, own)] = administrator.execute(text("SELECT @@GLOBAL.max_connections, CURRENT_USER()"))
        administrator.execute(text(f"SET GLOBAL max_connections = {_FEWEST}"))
        try:
            _cut(administrator, spared=own.partition("@")[0])
            yield
        finally:
            administrator.execute(text(f"SET GLOBAL max_connections = {before}"))


def _cut(administrator: Connection, spared: str) -> None:
    for number in administrator.execute(_OTHERS, {"spared": spared}).scalars().all():
        with suppress(exc.OperationalError):  # it has ended
            administrator.execute(text(f"KILL {number}"))
