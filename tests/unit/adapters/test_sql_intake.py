"""What the group commit does beyond the contract."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import event

from adapters.sql.database import Database
from adapters.sql.errors import Deadlocked
from adapters.sql.intake import SQLIntake
from adapters.sql.migrate import migrate
from domain.errors import DatabaseUnavailable
from domain.prediction import Prediction
from tests.unit.builders import a_prediction, used_for


def test_callers_that_come_meanwhile_share_a_transaction(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'predictor.db'}"
    migrate(url)
    database = Database(url)
    intake = SQLIntake(database)
    sizes: list[int] = []

    with database.write() as connection:  # the first caller has to wait for this one
        engine = connection.engine

        @event.listens_for(engine, "before_cursor_execute")
        def count(_conn: object, _cursor: object, statement: str, rows: list[object], *_: object) -> None:
            if statement.startswith("INSERT"):
                sizes.append(len(rows) if isinstance(rows, list) else 1)

        callers = [threading.Thread(target=intake.keep, args=(a_prediction(n),)) for n in range(1, 11)]
        for caller in callers:
            caller.start()
        threading.Event().wait(0.2)
    for caller in callers:
        caller.join()
    assert len(sizes) < 10
    database.close()


def test_everyone_hears_that_the_database_is_away_and_the_next_is_served(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'predictor.db'}"
    database = Database(url)
    intake = SQLIntake(database)
    refused: list[str] = []

    def keep(number: int) -> None:
        try:
            intake.keep(a_prediction(number))
        except DatabaseUnavailable as error:
            refused.append(error.code)

    callers = [threading.Thread(target=keep, args=(number,)) for number in range(1, 9)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert refused == ["database_unavailable"] * 8
    migrate(url)
    intake.keep(a_prediction(9))
    with pytest.raises(ValueError, match="uuid"):
        intake.keep(a_prediction(9))
    database.close()


class DeadlockedAtFirst(SQLIntake):
    """The database breaks the first transactions off."""

    def __init__(self, database: Database, times: int) -> None:
        super().__init__(database)
        self.times = times
        self.groups: list[list[object]] = []

    def _insert(self, predictions: Sequence[Prediction]) -> None:
        self.groups.append([p.idempotency.key.value if p.idempotency else None for p in predictions])
        self.times -= 1
        if self.times >= 0:
            raise Deadlocked
        super()._insert(predictions)


def test_a_deadlock_is_tried_again_and_not_for_ever(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'predictor.db'}"
    migrate(url)
    database = Database(url)
    intake = DeadlockedAtFirst(database, times=4)
    intake.keep(a_prediction(1))
    assert len(intake.groups) == 5
    with pytest.raises(Deadlocked):
        DeadlockedAtFirst(database, times=5).keep(a_prediction(2))
    database.close()


def test_two_processes_meet_the_same_keys_in_the_same_order(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'predictor.db'}"
    migrate(url)
    database = Database(url)
    intake = DeadlockedAtFirst(database, times=0)
    keys = ["d", "", "b", "c", "", "a"]
    with database.write():  # the first caller has to wait for this one, and the others gather behind it
        predictions = [a_prediction(n, idempotency=used_for("it", key) if key else None) for n, key in enumerate(keys)]
        callers = [threading.Thread(target=intake.keep, args=(prediction,)) for prediction in predictions]
        for caller in callers:
            caller.start()
            threading.Event().wait(0.02)
    for caller in callers:
        caller.join()
    assert intake.groups == [["d"], [None, None, "a", "b", "c"]]
    database.close()
