"""SQLAlchemy's errors in the domain's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from application.ports.unit_of_work import CommitUncertain
from domain.errors import DatabaseUnavailable

# MySQL's ER_NO_SUCH_TABLE, which its driver takes for an error of ours: the database was not migrated.
_MYSQL_NO_SUCH_TABLE = 1146


@contextmanager
def translated_errors() -> Iterator[None]:
    """Whatever says that the database is away, full, locked or unprepared becomes `DatabaseUnavailable`."""
    try:
        yield
    except exc.IntegrityError as error:
        raise ValueError("there is a prediction with this uuid already") from error
    except exc.ProgrammingError as error:
        if not _is_unprepared(error):
            raise
        raise DatabaseUnavailable from error
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError) as error:
        raise DatabaseUnavailable from error


def _is_unprepared(error: exc.ProgrammingError) -> bool:
    return error.orig is not None and error.orig.args[:1] == (_MYSQL_NO_SUCH_TABLE,)


@contextmanager
def committed() -> Iterator[None]:
    """An error while the database commits leaves open whether it did."""
    try:
        yield
    except exc.DBAPIError as error:
        raise CommitUncertain from error
