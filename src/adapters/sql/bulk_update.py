"""The statement that saves the new states of several predictions in one round trip."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Case, Column, Update, bindparam, case, update

from adapters.sql.connections.index_hints import by_primary_key
from adapters.sql.schema.tables import predictions as table

# The columns that change after a prediction was submitted.
_CHANGING = (
    "model",
    "model_version",
    "status",
    "attempts",
    "prediction",
    "top",
    "error_code",
    "error_message",
    "started_at",
    "finished_at",
    "due_at",
    "published_at",
    "expires_at",
    "attempts_before_retry",
)
# Rows in one statement: more would save little, and each number of rows needs a statement of its own.
MAX_ROWS = 16


def bulk_update(rows: Sequence[dict[str, Any]]) -> tuple[Update, dict[str, Any]]:
    """Make the statement that writes the changing columns of these rows.

    A column with the same value in all rows is one parameter, any other one a `CASE` by the uuid.

    Args:
        rows: 1 to `MAX_ROWS` rows of the table `predictions`, all of them there already.

    Returns:
        the statement and its parameters.
    """
    differing = tuple(name for name in _CHANGING if any(row[name] != rows[0][name] for row in rows))
    values = {name: rows[0][name] for name in _CHANGING if name not in differing}
    for number, row in enumerate(rows):
        values[_uuid(number)] = row["uuid"]
        values |= {_value(name, number): row[name] for name in differing}
    return _statement(len(rows), differing), values


# Made once for each shape: to put a statement together costs more than to run it. Most batches have one of a few.
@lru_cache(maxsize=256)
def _statement(count: int, differing: tuple[str, ...]) -> Update:
    these = table.c.uuid.in_([bindparam(_uuid(number)) for number in range(count)])
    changes: dict[str, Any] = {name: bindparam(name) for name in _CHANGING if name not in differing}
    changes |= {name: _by_uuid(table.c[name], count) for name in differing}
    return by_primary_key(update(table).where(these).values(changes))


def _by_uuid(column: Column[Any], count: int) -> Case[Any]:
    values = [bindparam(_value(column.name, number), type_=column.type) for number in range(count)]
    return case(*((table.c.uuid == bindparam(_uuid(number)), value) for number, value in enumerate(values)))


def _uuid(number: int) -> str:
    return f"uuid_{number}"


def _value(name: str, number: int) -> str:
    return f"{name}_{number}"
