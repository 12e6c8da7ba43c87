"""What is due in a lane, and the lanes that have something due, are read from an index, in its order."""

from typing import Any

import pytest
from sqlalchemy import Select, text
from sqlalchemy.dialects import sqlite

from adapters.sql.connections.database import Database
from adapters.sql.webhook_deliveries import due_lanes_query, due_query
from tests.harness.builders import NOON

INDEX = "ix_webhook_deliveries_lane"
PLANS = [
    (due_query(NOON, 1, "example.com"), f"SEARCH webhook_deliveries USING INDEX {INDEX} (lane=? AND due_at<?)"),
    (due_lanes_query(NOON, "", 9), f"SEARCH webhook_deliveries USING COVERING INDEX {INDEX} (lane>?)"),
]


@pytest.mark.parametrize(("query", "plan"), PLANS, ids=["due", "lanes"])
def test_nothing_is_sorted(database: Database, query: Select[Any], plan: str) -> None:
    statement = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with database.read() as connection:
        assert [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))] == [plan]
