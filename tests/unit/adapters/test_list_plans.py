"""How SQLite finds a page of the list: through an index that gives the order, whatever the filters."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text

from adapters.sql.connections.database import Database
from adapters.sql.predictions import newest_query
from adapters.sql.schema.mapping import to_row
from adapters.sql.schema.migrate import migrate
from adapters.sql.schema.tables import predictions as table
from application.ports.database.predictions import Selection
from domain.prediction_state import Failure, PredictionStatus
from tests.harness.builders import NOON, a_prediction

SELECTIONS = [
    Selection(status, model)
    for status in (None, PredictionStatus.QUEUED, PredictionStatus.FAILED)
    for model in (None, "resnet50", "squeezenet1_0")
]


def fill(connection: Connection, count: int = 3000) -> None:
    """Rows as a service has them that has run for a while: most are done, few wait, and one model is rare."""
    predictions = [a_prediction(n, model="resnet50" if n % 50 else "squeezenet1_0") for n in range(1, count + 1)]
    for prediction in predictions[:-20]:
        prediction.start(NOON, NOON - NOON, prediction.model)
        prediction.fail(1, Failure("broken", "It broke."), NOON)
    connection.execute(insert(table), [to_row(prediction) for prediction in predictions])
    connection.commit()


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    path: Path = tmp_path_factory.mktemp("plans") / "predictor.db"
    migrate(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    with database.write() as connection:
        fill(connection)
        yield connection
    database.close()


def plan(connection: Connection, selection: Selection, before: int | None) -> list[str]:
    uuid = None if before is None else a_prediction(before).uuid
    query = newest_query(selection, uuid, 21).compile(connection, compile_kwargs={"literal_binds": True})
    return [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))]


@pytest.mark.parametrize("analyzed", [False, True], ids=["without statistics", "with statistics"])
@pytest.mark.parametrize("before", [None, 1500])
@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
def test_a_page_needs_no_sorting_and_no_other_rows(
    connection: Connection, selection: Selection, before: int | None, analyzed: bool
) -> None:
    if analyzed:
        connection.execute(text("ANALYZE"))

    [step] = plan(connection, selection, before)

    filters = [name for name in ("status", "model") if getattr(selection, name)]
    if filters:
        assert f"USING INDEX ix_predictions_{'_'.join(filters)} " in step
    assert "INDEX" in step
    conditions = [f"{name}=?" for name in filters] + (["uuid<?"] if before else [])
    assert step.startswith("SEARCH" if conditions else "SCAN")
    assert all(condition in step for condition in conditions)
