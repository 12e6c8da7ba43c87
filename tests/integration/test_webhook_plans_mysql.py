"""Query plans of the lanes of webhooks on MySQL and MariaDB."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Select, text

from adapters.sql.connections.database import Database
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.sql.webhook_deliveries import due_lanes_query, due_query
from tests.contracts.unit_of_work import keep
from tests.contracts.webhook_deliveries import a_hooked, finish, hook_to
from tests.harness.builders import NOON


@pytest.fixture(scope="module")
def connection(migrated: str) -> Iterator[Connection]:
    database = Database(migrated)
    numbers = range(1, 1001)
    keep(SQLUnitOfWork(database), *(a_hooked(number, hook_to(f"host{number % 5}")) for number in numbers))
    finish(SQLUnitOfWork(database), *numbers)
    with database.write() as connection:
        connection.execute(text("ANALYZE TABLE webhook_deliveries"))
        yield connection
    database.close()


@pytest.mark.parametrize(
    "query", [due_query(NOON, 1, "default@host1"), due_lanes_query(NOON, "", 9)], ids=["due", "lanes"]
)
def test_nothing_is_sorted(connection: Connection, query: Select[Any]) -> None:
    statement = query.compile(connection, compile_kwargs={"literal_binds": True})
    [step] = connection.execute(text(f"EXPLAIN FORMAT=TRADITIONAL {statement}")).mappings()
    assert (step["key"], step["type"]) == ("ix_webhook_deliveries_lane", "range")
    assert "filesort" not in (step["Extra"] or "")
    assert "temporary" not in (step["Extra"] or "")


def test_lanes_are_found_without_reading_what_is_in_them(connection: Connection) -> None:
    query = due_lanes_query(NOON, "", 9)
    statement = query.compile(connection, compile_kwargs={"literal_binds": True})
    [step] = connection.execute(text(f"EXPLAIN FORMAT=TRADITIONAL {statement}")).mappings()
    assert "index for group-by" in step["Extra"]
    assert connection.execute(query).scalars().all() == [f"default@host{number}" for number in range(5)]
