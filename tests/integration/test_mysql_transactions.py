"""Many transactions at once on MySQL and MariaDB: the order of their changes, and waiting for a row."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from adapters.memory import (
    FixedClock,
    LimitedRetry,
    MemoryWebhookSender,
)
from adapters.sql.connections.database import Database
from adapters.sql.predictions import SQLPredictions
from adapters.sql.unit_of_work import SQLUnitOfWork
from application.upkeep.deliver_webhooks import DeliverWebhooks
from application.upkeep.find_due_webhooks import FindDueWebhooks
from application.upkeep.webhook_lanes import WebhookLanes
from domain.access.owner import DEFAULT_OWNER
from domain.errors import DatabaseUnavailable, PredictionNotFound
from domain.prediction import Prediction
from domain.webhooks.webhook_delivery import RetrySchedule
from tests.contracts.unit_of_work import MINUTE, keep, look_up
from tests.contracts.webhook_deliveries import LANE, a_hooked, deliveries, due, finish
from tests.harness.builders import NOON, a_prediction
from tests.integration.changes import change, ids, keep_started, start


def test_a_reader_sees_what_was_committed_a_moment_ago(unit_of_work: SQLUnitOfWork) -> None:
    with unit_of_work.read() as committed:
        with pytest.raises(PredictionNotFound):
            committed.predictions.get(DEFAULT_OWNER, UUID(int=1))
        keep(unit_of_work, a_prediction(1))
        assert committed.predictions.get(DEFAULT_OWNER, UUID(int=1)) == a_prediction(1)


def test_a_reader_does_not_wait_for_a_writer(unit_of_work: SQLUnitOfWork) -> None:
    keep(unit_of_work, a_prediction(1))
    with unit_of_work.begin() as tx:
        locked = tx.predictions.lock(ids(1))
        start(locked[0])
        tx.predictions.save(locked)
        assert look_up(unit_of_work, 1) == a_prediction(1)


def test_a_name_of_nothing_but_dogs_comes_back(unit_of_work: SQLUnitOfWork) -> None:
    prediction = a_prediction(name="\N{DOG}" * Prediction.MAX_NAME_LENGTH)
    keep(unit_of_work, prediction)
    assert look_up(unit_of_work, 1) == prediction


def test_the_locks_of_a_silent_client_end(
    unit_of_work: SQLUnitOfWork, migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.sql.connections.database._MYSQL_SILENCE_SECONDS", 1)
    frozen = Database(migrated)
    keep_started(unit_of_work, 1)
    with frozen.write() as connection:
        SQLPredictions(connection).lock(ids(1))
        with unit_of_work.begin() as tx:
            assert tx.overdue.lock_stalled(NOON + MINUTE, 9) == []
        time.sleep(3)
        with unit_of_work.begin() as tx:
            assert [p.uuid for p in tx.overdue.lock_stalled(NOON + MINUTE, 9)] == ids(1)
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 1"))
    keep(SQLUnitOfWork(frozen), a_prediction(2))
    frozen.close()


def test_a_stalled_row_that_another_holds_is_left_out(unit_of_work: SQLUnitOfWork) -> None:
    keep_started(unit_of_work, 1, 2, 3)
    with unit_of_work.begin() as holder:
        holder.predictions.lock(ids(2))
        with unit_of_work.begin() as tx:
            stalled = tx.overdue.lock_stalled(NOON + MINUTE, 9)
            assert sorted(p.uuid.int for p in stalled) == [1, 3]


def test_two_recoveries_share_the_stalled_rows(unit_of_work: SQLUnitOfWork) -> None:
    keep_started(unit_of_work, 1, 2, 3)
    with unit_of_work.begin() as first, unit_of_work.begin() as second:
        found = [first.overdue.lock_stalled(NOON + MINUTE, 2), second.overdue.lock_stalled(NOON + MINUTE, 2)]
    assert sorted(p.uuid.int for batch in found for p in batch) == [1, 2, 3]
    assert [len(batch) for batch in found] == [2, 1]


def test_whoever_waits_for_a_row_gets_its_new_state(unit_of_work: SQLUnitOfWork) -> None:
    keep(unit_of_work, a_prediction(1))
    with ThreadPoolExecutor() as threads, unit_of_work.begin() as tx:
        locked = tx.predictions.lock(ids(1))
        start(locked[0])
        tx.predictions.save(locked)
        other = threads.submit(change, unit_of_work, [1], start)
        tx.commit()
        other.result(timeout=20)
    assert look_up(unit_of_work, 1).attempts == 2


def test_waiting_too_long_for_a_row_is_unavailable(database: Database) -> None:
    unit_of_work = SQLUnitOfWork(database)
    keep(unit_of_work, a_prediction(1))

    def wait_for_it() -> None:
        with database.write() as connection:
            connection.execute(text("SET innodb_lock_wait_timeout = 1"))
            SQLPredictions(connection).lock(ids(1))

    with unit_of_work.begin() as holder:
        holder.predictions.lock(ids(1))
        with pytest.raises(DatabaseUnavailable):
            wait_for_it()


def test_nobody_waits_for_a_row_longer_than_for_an_answer(database: Database) -> None:
    with database.read() as connection:
        seconds = connection.execute(text("SELECT @@innodb_lock_wait_timeout")).scalar_one()
    assert timedelta(seconds=seconds) < timedelta(seconds=30)


def test_many_senders_share_what_is_due_and_nobody_waits(unit_of_work: SQLUnitOfWork) -> None:
    numbers = range(1, 41)
    keep(unit_of_work, *(a_hooked(number) for number in numbers))
    receiver = MemoryWebhookSender()

    def send() -> int:
        lanes, clock = WebhookLanes(4), FixedClock(NOON + MINUTE)
        FindDueWebhooks(schedule=RetrySchedule(), unit_of_work=unit_of_work, lanes=lanes, clock=clock).execute()
        return DeliverWebhooks(
            schedule=RetrySchedule(),
            unit_of_work=unit_of_work,
            sender=receiver,
            lanes=lanes,
            clock=clock,
            retry=LimitedRetry(),
        ).execute()

    def finish_all() -> None:
        for first in range(1, 41, 8):
            finish(unit_of_work, *range(first, first + 8))

    with ThreadPoolExecutor() as threads:
        others = [threads.submit(send) for _ in range(4)]
        finish_all()
        others += [threads.submit(send) for _ in range(4)]
        assert sum(future.result(timeout=60) for future in others) == 40
    assert len({message.id for message in receiver.sent}) == len(receiver.sent) == 40
    assert {deliveries(unit_of_work, number)[0].state for number in numbers} == {"delivered"}


def test_a_delivery_that_another_holds_is_left_out(unit_of_work: SQLUnitOfWork) -> None:
    keep(unit_of_work, *(a_hooked(number) for number in (1, 2, 3)))
    finish(unit_of_work, 1, 2, 3)
    with unit_of_work.begin() as holder:
        [held] = holder.webhook_deliveries.lock_due(NOON, 1, LANE)
        others = due(unit_of_work, 0)
    assert sorted([held.prediction.int, *others]) == [1, 2, 3]
