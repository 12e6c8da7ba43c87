"""Query plans of the owners' turns on MySQL and MariaDB: as few entries of the index are read as are needed."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Select, insert, text

from adapters.sql.connections.database import Database
from adapters.sql.outbox import ANY_DUE, DUE_JOBS, PRIORITIES
from adapters.sql.owner_turns import FIRST_AND_LAST_OWNERS, JOBS, OWNERS
from adapters.sql.schema.mapping import to_row
from adapters.sql.schema.tables import predictions as table
from domain.access.owner import Owner
from domain.priority import Priority
from tests.harness.builders import NOON, a_prediction
from tests.unit.adapters.test_queue_plans import GIVEN

ROWS, OWNERS_COUNT = 5000, 20


@pytest.fixture(scope="module")
def connection(migrated: str) -> Iterator[Connection]:
    """Long queues of a few owners with two priorities."""
    database = Database(migrated)
    rows = [
        to_row(a_prediction(n, owner=Owner(f"owner-{n % OWNERS_COUNT:02}"), priority=Priority(5 + n % 2)))
        for n in range(1, ROWS + 1)
    ]
    with database.write() as connection:
        connection.execute(insert(table), rows)
        connection.commit()
        connection.execute(text("ANALYZE TABLE predictions"))
        yield connection
    database.close()


def entries_read(connection: Connection, query: Select[Any], given: dict[str, object]) -> tuple[int, int]:
    """Number of the rows of a query, and of the entries that the server read for it."""
    before = handler_reads(connection)
    rows = connection.execute(query, given).all()
    read = handler_reads(connection) - before
    connection.rollback()
    return len(rows), read


def handler_reads(connection: Connection) -> int:
    counters = connection.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'")).all()
    names = ("Handler_read_key", "Handler_read_next", "Handler_read_prev")
    return sum(int(count) for name, count in counters if name in names)


@pytest.mark.parametrize(
    ("query", "given", "rows", "most"),
    [
        (PRIORITIES, {}, 2, 6),
        (OWNERS["mysql"], {"level": 5, "after": "owner-03", "limit": 4}, 4, 10),
        (FIRST_AND_LAST_OWNERS, {}, 1, 40),
        (JOBS, GIVEN | {"by": "owner-04"}, 9, 10),
        (DUE_JOBS, {"level": 5, "by": "owner-04", "before": NOON, "limit": 9}, 9, 10),
        (ANY_DUE, {"level": 5, "before": NOON}, 1, 2),
    ],
    ids=["priorities", "owners", "first and last owners", "jobs", "due jobs", "any due"],
)
def test_only_what_is_needed_is_read(
    connection: Connection, query: Select[Any], given: dict[str, object], rows: int, most: int
) -> None:
    parameters = {name: value for name, value in given.items() if name in query.compile().params}
    found, read = entries_read(connection, query, parameters)
    assert found == rows
    assert read <= most
