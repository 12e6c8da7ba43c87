"""The next jobs of a long queue are read from an index, in its order, rather than sorted."""

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from adapters.sql.connections.database import Database
from adapters.sql.job_queue import LONGEST_DUE, MOST_URGENT, Order, queued_query


@pytest.mark.parametrize("order", [MOST_URGENT, LONGEST_DUE], ids=lambda order: str(order[0]))
def test_the_next_jobs_are_a_range_of_an_index(database: Database, order: Order) -> None:
    query = queued_query(order, 8).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with database.read() as connection:
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    assert len(plan) == 1  # another step would be a sort
    assert plan[0].startswith(f"SEARCH predictions USING INDEX {order[0]} (status=?")
