"""Query plan of the search for what is due on SQLite: the primary key leads to the oldest, and nothing is sorted."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from adapters.sql.connections.database import Database
from adapters.sql.retention import due_query
from application.ports.database.retention import Due
from domain.time_ordered_id import first_uuid_at
from tests.contracts.retention import OLD, OLD_IMAGES
from tests.harness.builders import NOON


@pytest.mark.parametrize("due", [OLD, OLD_IMAGES])
@pytest.mark.parametrize("is_first", [True, False])
def test_reads_the_primary_key_from_the_oldest_on(database: Database, due: Due, is_first: bool) -> None:
    after = None if is_first else first_uuid_at(NOON - timedelta(days=1))
    with database.read() as connection:
        query = due_query(due, after, 100).compile(connection, compile_kwargs={"literal_binds": True})
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    bounds = "(uuid<?)" if is_first else "(uuid>? AND uuid<?)"
    assert plan[0] == f"SEARCH predictions USING INDEX sqlite_autoindex_predictions_1 {bounds}"
    assert not any("TEMP B-TREE" in step for step in plan)
