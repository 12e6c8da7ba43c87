"""SQLAlchemy's errors in the domain's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from domain.errors import DatabaseUnavailable


@contextmanager
def translated_errors() -> Iterator[None]:
    """Whatever says that the database is away, full, locked or unprepared becomes `DatabaseUnavailable`."""
    try:
        yield
    except exc.IntegrityError as error:
        raise ValueError("there is a prediction with this uuid already") from error
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError) as error:
        raise DatabaseUnavailable from error
