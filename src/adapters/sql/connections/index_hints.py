"""Which index MySQL has to use.

It chooses by its statistics, and for a locking statement the choice is more than a matter of speed: where it sorts,
it locks every row it found rather than the first few, and two statements that go through different indexes lock the
same rows in different orders, which is how deadlocks come about. SQLite locks no rows.
"""

from typing import TypeVar

from sqlalchemy import Table, Update
from sqlalchemy.sql.selectable import HasHints

from adapters.sql.schema.tables import predictions as table

_MYSQL = ("mysql", "mariadb")

Q = TypeVar("Q", bound=HasHints)


def through(index: str, query: Q, of: Table = table) -> Q:
    """`query` on the predictions, or on another table, in the order of `index`."""
    for dialect in _MYSQL:
        query = query.with_hint(of, f"FORCE INDEX ({index})", dialect)
    return query


def by_primary_key(statement: Update) -> Update:
    """`statement` on the predictions, in the order in which they are locked everywhere."""
    for dialect in _MYSQL:
        statement = statement.with_hint("FORCE INDEX (PRIMARY)", table, dialect)
    return statement
