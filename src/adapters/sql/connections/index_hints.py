"""Index hints for MySQL.

MySQL chooses an index by its statistics. For a locking statement the choice decides about locks: a statement that sorts
locks every row it found rather than the first few, and two statements that use different indexes lock the same rows in
different orders, which causes deadlocks. SQLite locks no rows.
"""

from typing import TypeVar

from sqlalchemy import Table, Update
from sqlalchemy.sql.selectable import HasHints

from adapters.sql.schema.tables import predictions as table

_MYSQL = ("mysql", "mariadb")

Q = TypeVar("Q", bound=HasHints)


def through(index: str, query: Q, of: Table = table) -> Q:
    """Make MySQL read `query` through `index` of the predictions or of another table."""
    for dialect in _MYSQL:
        query = query.with_hint(of, f"FORCE INDEX ({index})", dialect)
    return query


def by_primary_key(statement: Update) -> Update:
    """Make MySQL run `statement` by the primary key of the predictions, the order in which all statements lock them."""
    for dialect in _MYSQL:
        statement = statement.with_hint("FORCE INDEX (PRIMARY)", table, dialect)
    return statement
