"""Query plans of a page of the list on MySQL and MariaDB: an index gives the order, whatever the filters."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from adapters.sql.connections.database import Database
from adapters.sql.predictions import newest_query
from application.ports.database.predictions import Selection
from tests.harness.builders import a_prediction
from tests.unit.adapters.test_list_plans import SELECTIONS, fill


@pytest.fixture(scope="module")
def connection(migrated: str) -> Iterator[Connection]:
    database = Database(migrated)
    with database.write() as connection:
        fill(connection)
        connection.execute(text("ANALYZE TABLE predictions"))
        yield connection
    database.close()


@pytest.mark.parametrize("before", [None, 1500])
@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
def test_a_page_needs_no_sorting_and_no_other_rows(
    connection: Connection, selection: Selection, before: int | None
) -> None:
    uuid = None if before is None else a_prediction(before).uuid
    query = newest_query(selection, uuid, 21).compile(connection, compile_kwargs={"literal_binds": True})
    [step] = connection.execute(text(f"EXPLAIN FORMAT=TRADITIONAL {query}")).mappings()

    filters = [name for name in ("status", "model") if getattr(selection, name)]
    assert step["key"] == f"ix_predictions_{'_'.join(filters) or 'owner'}"
    assert step["type"] in ("ref", "range")
    assert "filesort" not in (step["Extra"] or "")
    assert "temporary" not in (step["Extra"] or "")
