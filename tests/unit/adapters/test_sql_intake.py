"""The intake in SQL beyond its contract."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import event

from adapters.sql.connections.database import Database
from adapters.sql.connections.errors import ConnectionLost, Deadlocked
from adapters.sql.intake import SQLIntake
from adapters.sql.schema.migrate import migrate
from domain.errors import DatabaseUnavailable
from domain.prediction import Prediction
from tests.harness.builders import a_prediction, used_for


def test_a_group_shares_a_transaction(database: Database) -> None:
    commits: list[int] = []
    with database.write() as connection:
        engine = connection.engine
    event.listen(engine, "commit", lambda _connection: commits.append(1))
    SQLIntake(database).keep([a_prediction(number) for number in range(1, 11)])
    assert len(commits) == 1


def test_everyone_hears_that_the_database_is_away_and_the_next_is_served(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'predictor.db'}"
    database = Database(url)
    intake = SQLIntake(database)
    errors = intake.keep([a_prediction(number) for number in range(1, 9)])
    assert [type(error) for error in errors] == [DatabaseUnavailable] * 8
    migrate(url)
    assert intake.keep([a_prediction(9)]) == [None]
    database.close()


class BrokenOffAtFirst(SQLIntake):
    """The database breaks the first transactions off."""

    def __init__(self, database: Database, times: int, error: type[DatabaseUnavailable] = Deadlocked) -> None:
        super().__init__(database)
        self.times, self.error = times, error
        self.groups: list[list[object]] = []

    def _insert(self, predictions: Sequence[Prediction]) -> None:
        self.groups.append([p.idempotency.key.value if p.idempotency else None for p in predictions])
        self.times -= 1
        if self.times >= 0:
            raise self.error
        super()._insert(predictions)


@pytest.mark.parametrize("error", [Deadlocked, ConnectionLost])
def test_what_was_broken_off_is_tried_again_and_not_for_ever(
    database: Database, error: type[DatabaseUnavailable]
) -> None:
    intake = BrokenOffAtFirst(database, 4, error)
    assert intake.keep([a_prediction(1)]) == [None]
    assert len(intake.groups) == 5
    [refused] = BrokenOffAtFirst(database, 5, error).keep([a_prediction(2)])
    assert type(refused) is error


def test_two_processes_meet_the_same_keys_in_the_same_order(database: Database) -> None:
    intake = BrokenOffAtFirst(database, times=0)
    keys = ["d", "", "b", "c", "", "a"]
    intake.keep([a_prediction(n, idempotency=used_for("it", key) if key else None) for n, key in enumerate(keys)])
    assert intake.groups == [[None, None, "a", "b", "c", "d"]]
