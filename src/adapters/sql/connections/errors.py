"""Translation of SQLAlchemy's errors into the domain's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, exc

from application.ports.database.predictions import IdempotencyKeyTaken, PredictionExists
from application.ports.database.unit_of_work import CommitUncertain, TransactionAborted
from domain.errors import DatabaseUnavailable

# MySQL's ER_NO_SUCH_TABLE: the database was not migrated. Its driver reports it as an error of the program.
_MYSQL_NO_SUCH_TABLE = 1146
# MySQL's ER_LOCK_DEADLOCK.
_MYSQL_DEADLOCK = 1213
# Ends of the messages of SQLite, and of MySQL and MariaDB, for rows that are there already. MySQL quotes the key itself
# before that, which may be any text.
_KEY_TAKEN = re.compile(
    r"UNIQUE constraint failed: predictions\.owner, predictions\.idempotency_key$"
    r"|for key '(?:predictions\.)?ux_predictions_idempotency_key'$"
)
_PREDICTION_EXISTS = re.compile(r"UNIQUE constraint failed: predictions\.uuid$|for key '(?:predictions\.)?PRIMARY'$")
_DUPLICATE = re.compile(r"UNIQUE constraint failed: [\w., ]+$|for key '[\w.]+'$")
_INTO_PREDICTIONS = re.compile(r"INSERT INTO `?predictions`? ")  # MariaDB's message does not name the table


class Deadlocked(TransactionAborted):
    """The database broke the transaction off in favour of another one."""

    code = "deadlocked"


class Collided(TransactionAborted):
    """Another transaction inserted the same row at the same moment."""

    code = "collided"


class ConnectionLost(TransactionAborted):
    """The connection to the database was lost."""

    code = "connection_lost"


@contextmanager
def translated_errors() -> Iterator[None]:
    """Translate errors of a database that cannot be reached, is full, locked or not migrated.

    Raises:
        IdempotencyKeyTaken, DatabaseUnavailable
        PredictionExists: there is a prediction with this uuid.
    """
    try:
        yield
    except exc.IntegrityError as error:
        if duplicate := _kind_of_duplicate(error):
            raise duplicate from error
        raise  # a row that refers to nothing or lacks a value is a defect
    except exc.ProgrammingError as error:
        if not _has_number(error, _MYSQL_NO_SUCH_TABLE):
            raise
        raise DatabaseUnavailable from error
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError) as error:
        raise _kind_of(error) from error


def _kind_of(error: exc.SQLAlchemyError) -> type[DatabaseUnavailable]:
    if _has_number(error, _MYSQL_DEADLOCK):
        return Deadlocked
    return ConnectionLost if getattr(error, "connection_invalidated", False) else DatabaseUnavailable


def _kind_of_duplicate(error: exc.IntegrityError) -> Exception | None:
    """The error for a row that is there already; None if the constraint is another one."""
    message = str(error.orig.args[-1]) if error.orig and error.orig.args else ""
    if _KEY_TAKEN.search(message):
        return IdempotencyKeyTaken()
    if _PREDICTION_EXISTS.search(message) and _INTO_PREDICTIONS.match(error.statement or ""):
        return PredictionExists("there is a prediction with this uuid already")
    return Collided() if _DUPLICATE.search(message) else None


def _has_number(error: exc.SQLAlchemyError, number: int) -> bool:
    """True if the driver's error has this number."""
    driver_error = getattr(error, "orig", None)
    return driver_error is not None and driver_error.args[:1] == (number,)


def commit(connection: Connection) -> None:
    """Commit the transaction of a connection.

    Raises:
        CommitUncertain: an error of the database leaves open whether it took effect. The connection is closed, since
            SQLite keeps a transaction open whose commit failed, and the next one could not begin.
    """
    try:
        connection.commit()
    except exc.DBAPIError as error:
        connection.invalidate()
        raise CommitUncertain from error
