"""The next jobs of a long queue are read from an index, in its order, rather than sorted."""

from typing import Any

import pytest
from sqlalchemy import Select, text
from sqlalchemy.dialects import sqlite

from adapters.sql.connections.database import Database
from adapters.sql.job_queue import LONGEST_DUE, MOST_URGENT, Order, queued_query
from adapters.sql.owner_turns import FIRST_AND_LAST_OWNERS, INDEX, JOBS, OWNERS


@pytest.mark.parametrize("order", [MOST_URGENT, LONGEST_DUE], ids=lambda order: str(order[0]))
def test_the_next_jobs_are_a_range_of_an_index(database: Database, order: Order) -> None:
    [step] = plan(database, queued_query(order, 8))  # another step would be a sort
    assert step.startswith(f"SEARCH predictions USING INDEX {order[0]} (status=?")


GIVEN = {"level": 5, "after": "an-owner", "by": "an-owner", "limit": 9}
RANGE = "(status=? AND published_at=? AND priority=?"


def test_the_jobs_of_an_owner_are_a_range_of_an_index(database: Database) -> None:
    [step] = plan(database, JOBS)
    assert step == f"SEARCH predictions USING INDEX {INDEX} {RANGE} AND owner=?)"


def test_the_owners_in_turn_are_searched_for_one_after_the_other(database: Database) -> None:
    steps = [step for step in plan(database, OWNERS["sqlite"]) if "predictions" in step]
    assert steps == [f"SEARCH predictions USING COVERING INDEX {INDEX} {RANGE} AND owner>?)"] * 2


def test_the_first_and_the_last_owners_are_at_the_ends_of_ranges(database: Database) -> None:
    steps = [step for step in plan(database, FIRST_AND_LAST_OWNERS) if "predictions" in step]
    assert steps == [f"SEARCH predictions USING COVERING INDEX {INDEX} {RANGE})"] * 20


def plan(database: Database, query: Select[Any]) -> list[str]:
    compiled = query.params(GIVEN).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with database.read() as connection:
        return [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]
