"""Query plans of a page of the list on SQLite: an index gives the order, whatever the filters."""

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
from domain.access.owner import DEFAULT_OWNER
from domain.prediction_state import Failure, PredictionStatus
from tests.harness.builders import NOON, a_prediction

SELECTIONS = [
    Selection(DEFAULT_OWNER, status, model)
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


def expected_in(selection: Selection, before: int | None) -> list[str]:
    """The words of a plan that goes through the one right index and uses it for every condition."""
    filters = [name for name in ("status", "model") if getattr(selection, name)]
    index = f"USING INDEX ix_predictions_{'_'.join(filters) or 'owner'} "
    conditions = [f"{name}=?" for name in ("owner", *filters)] + (["uuid<?"] if before else [])
    return ["SEARCH", index, *conditions]


def with_sorting_or_other_rows(connection: Connection) -> list[tuple[Selection, list[str]]]:
    """The pages that need more than one step, or another than the expected one, and their plans."""
    pages = [(selection, before) for selection in SELECTIONS for before in (None, 1500)]
    plans = [(page, plan(connection, *page)) for page in pages]
    return [
        (page[0], steps)
        for page, steps in plans
        if len(steps) != 1
        or not steps[0].startswith(expected_in(*page)[0])
        or any(word not in steps[0] for word in expected_in(*page))
    ]


def test_a_page_needs_no_sorting_and_no_other_rows(connection: Connection) -> None:
    assert with_sorting_or_other_rows(connection) == []
    connection.execute(text("ANALYZE"))
    assert with_sorting_or_other_rows(connection) == []
