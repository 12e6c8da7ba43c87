"""The pipeline that accepts pictures over SQLite."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, insert

from adapters.memory import FixedClock, MemoryFreeSpace, MemoryJobQueue, SequentialIds
from adapters.sql.connections.database import Database
from adapters.sql.image_store import SQLImageStore
from adapters.sql.job_queue import SQLJobQueue
from adapters.sql.result_cache import SQLResultCache
from adapters.sql.schema.migrate import migrate
from adapters.sql.schema.tables import webhook_deliveries
from adapters.sql.unit_of_work import SQLTransaction, SQLUnitOfWork
from application.accept.command import SubmitPredictionCommand
from application.accept.pipeline import AcceptancePipeline
from application.accept.rules import SubmissionRules
from application.look_up.get_prediction import GetPrediction
from application.ports.database.unit_of_work import CommitUncertain
from domain.access.caller import ANYBODY
from domain.errors import ImageStoreUnavailable, UnsupportedImage
from domain.idempotency import IdempotencyKey
from domain.image_limits import ImageLimits
from domain.prediction import Prediction
from tests.contracts.unit_of_work import keep
from tests.harness.builders import NOON, a_prediction, png, used_for
from tests.harness.locked_database import locked
from tests.harness.service import eventually

LETTER = SubmitPredictionCommand(b"Dear Sir", ANYBODY)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'predictor.db'}"
    migrate(url)
    database = Database(url)
    yield database
    assert database.connections_in_use == 0
    database.close()


@pytest.fixture
def statements(database: Database) -> list[str]:
    """The first two words of every statement that is sent to the database from now on."""
    sent: list[str] = []
    with database.write() as writer, database.read() as reader:
        for engine in (writer.engine, reader.engine):
            event.listen(engine, "commit", lambda _connection: sent.append("COMMIT"))
            event.listen(
                engine,
                "before_cursor_execute",
                lambda _connection, _cursor, text, *_: sent.append(" ".join(text.split()[:3])),
            )
    return sent


def pipeline_over(database: Database) -> AcceptancePipeline:
    clock = FixedClock(NOON)
    return AcceptancePipeline(
        free_space=MemoryFreeSpace(),
        rules=SubmissionRules("squeezenet1_0", ImageLimits()),
        unit_of_work=SQLUnitOfWork(database),
        image_store=SQLImageStore(database, clock),
        publisher=MemoryJobQueue(),
        results=SQLResultCache(database, clock),
        clock=clock,
        ids=SequentialIds(),
    )


def a_picture(key: str | None = None) -> SubmitPredictionCommand:
    return SubmitPredictionCommand(png(), ANYBODY, idempotency_key=IdempotencyKey(key) if key else None)


def test_a_submission_that_is_not_new_is_answered_while_the_database_is_locked(database: Database) -> None:
    pipeline = pipeline_over(database)
    [first] = pipeline.accept_each([a_picture("dog")])
    with locked(database):
        again, refused = pipeline.accept_each([a_picture("dog"), LETTER])
    assert isinstance(first, Prediction)
    assert again == first
    assert isinstance(refused, UnsupportedImage)


def test_a_group_is_one_insert_and_one_commit(database: Database, statements: list[str]) -> None:
    pipeline_over(database).accept_each([a_picture() for _ in range(32)])
    assert statements.count("INSERT INTO predictions") == 1
    assert statements.count("INSERT INTO images") == 32
    assert statements.count("COMMIT") == 2


def test_nothing_new_sends_no_statement(database: Database, statements: list[str]) -> None:
    pipeline_over(database).accept_each([LETTER])
    assert GetPrediction(unit_of_work=SQLUnitOfWork(database)).execute([]) == []
    with SQLUnitOfWork(database).read() as committed:
        assert committed.predictions.get_many([]) == []
    assert statements == []


def test_nothing_published_or_settled_wakes_no_engine(database: Database, statements: list[str]) -> None:
    queue = SQLJobQueue(database)
    engine = threading.Thread(target=queue.receive, args=(1, timedelta(seconds=20)))
    engine.start()
    eventually(lambda: len(statements) > 0)
    time.sleep(0.05)  # until it waits
    statements.clear()
    queue.publish([])
    queue.acknowledge([])
    queue.reject([])
    time.sleep(0.05)  # as long as it would take to look
    assert statements == []
    queue.close()
    engine.join()


def test_two_processes_meet_the_same_keys_in_the_same_order(database: Database) -> None:
    inserted: list[str | None] = []

    def note(_connection: object, _cursor: object, text: str, rows: list[tuple[object, ...]], *_: object) -> None:
        if text.startswith("INSERT INTO predictions"):
            inserted.extend(next((key for key in "abcd" if key in row), None) for row in rows)

    with database.write() as connection:
        event.listen(connection.engine, "before_cursor_execute", note)
    keys = ["d", "", "b", "c", "", "a"]
    keep(
        SQLUnitOfWork(database),
        *(a_prediction(n, idempotency=used_for("it", key) if key else None) for n, key in enumerate(keys)),
    )
    assert inserted == [None, None, "a", "b", "c", "d"]


def test_everyone_hears_that_the_database_is_away_and_the_next_is_served(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'later.db'}"
    database = Database(url)
    pipeline = pipeline_over(database)
    outcomes = pipeline.accept_each([a_picture() for _ in range(8)])
    assert [type(outcome) for outcome in outcomes] == [ImageStoreUnavailable] * 8
    migrate(url)
    [accepted] = pipeline.accept_each([a_picture()])
    assert isinstance(accepted, Prediction)
    database.close()


def test_a_commit_that_fails_leaves_no_transaction_open(database: Database) -> None:
    orphan = {"id": "msg_1", "uuid": "unknown", "event": "failed", "state": "pending", "created_at": NOON}
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # found out by the commit
        connection.execute(insert(webhook_deliveries), orphan)
        with pytest.raises(CommitUncertain):
            SQLTransaction(connection).commit()
    keep(SQLUnitOfWork(database), a_prediction(1))
