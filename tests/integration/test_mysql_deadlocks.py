"""Many transactions at once on MySQL and MariaDB that want the same rows in different orders."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from adapters.memory import FixedClock, MemoryFreeSpace, MemoryImageStore, MemoryJobQueue, MemoryResultCache
from adapters.sql.connections.database import Database
from adapters.sql.connections.errors import Deadlocked
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.system import TimeOrderedIds
from application.accept.command import SubmitPredictionCommand
from application.accept.pipeline import AcceptancePipeline
from application.accept.rules import SubmissionRules
from application.ports.database.outbox import Turn
from domain.access.caller import ANYBODY
from domain.idempotency import IdempotencyKey
from domain.image_limits import ImageLimits
from domain.prediction import Prediction
from domain.priority import ORDINARY
from tests.contracts.unit_of_work import MINUTE, keep, look_up
from tests.harness.builders import NOON, a_prediction, png
from tests.integration.changes import change, ids, keep_started, start

ROUNDS = 40


def requeue(prediction: Prediction) -> None:
    prediction.requeue(NOON)


def test_opposite_orders_never_deadlock(unit_of_work: SQLUnitOfWork) -> None:
    keep(unit_of_work, *(a_prediction(n) for n in range(1, 21)))
    up, down = range(1, 21), range(20, 0, -1)

    def work(numbers: Sequence[int]) -> None:
        for _ in range(ROUNDS):
            change(unit_of_work, numbers, start)

    with ThreadPoolExecutor() as threads:
        list(threads.map(work, [up, down]))
    assert {look_up(unit_of_work, n).attempts for n in up} == {2 * ROUNDS}


def recover(unit_of_work: SQLUnitOfWork) -> None:
    with unit_of_work.begin() as tx:
        stalled = tx.overdue.lock_stalled(NOON + MINUTE, 10)
        for prediction in stalled:
            requeue(prediction)
        tx.predictions.save(stalled)
        tx.commit()


def relay(unit_of_work: SQLUnitOfWork) -> None:
    with unit_of_work.begin() as tx:
        jobs = tx.outbox.take_unpublished(Turn([ORDINARY]), NOON + MINUTE, 10, NOON + MINUTE)
        tx.commit()
    with unit_of_work.begin() as tx:
        tx.outbox.mark_published([owned.job.uuid for owned in jobs], NOON)
        tx.commit()
    with unit_of_work.begin() as tx:
        tx.outbox.forget_published([ORDINARY], NOON, 10, NOON)
        tx.commit()


def expire(unit_of_work: SQLUnitOfWork) -> None:
    with unit_of_work.begin() as tx:
        # Changed in the index by which they were found, and still there for the next time.
        expired = tx.overdue.lock_expired(NOON + MINUTE, 10)
        for prediction in expired:
            prediction.expires_at = NOON + timedelta(microseconds=prediction.uuid.int)
        tx.predictions.save(expired)
        tx.commit()


def test_engines_recoveries_relays_and_expiry_never_deadlock(unit_of_work: SQLUnitOfWork) -> None:
    keep_started(unit_of_work, *range(1, 41), expires_at=NOON)
    done = threading.Event()

    def repeat(chore: Callable[[SQLUnitOfWork], None]) -> None:
        while not done.is_set():
            chore(unit_of_work)

    def engine(first: int) -> None:
        for turn in range(ROUNDS // 2):
            mine = [(first + turn + n) % 40 + 1 for n in range(8)]
            change(unit_of_work, mine, start)
            change(unit_of_work, mine, requeue)

    with ThreadPoolExecutor(9) as threads:
        others = [threads.submit(repeat, chore) for chore in (recover, relay, expire) * 2]
        engines = [threads.submit(engine, first) for first in (0, 3, 20)]
        for future in engines:
            future.exception()
        done.set()
        for future in [*engines, *others]:
            future.result()


def begin(prediction: Prediction) -> None:
    if not prediction.status.is_final:
        start(prediction)


def cancel_or_retry(prediction: Prediction) -> None:
    if prediction.status.is_final:
        prediction.retry(NOON)
    else:
        prediction.cancel(NOON)


def forget(unit_of_work: SQLUnitOfWork, number: int) -> None:
    with unit_of_work.begin() as tx:
        tx.predictions.delete(UUID(int=number))
        tx.commit()


def test_clients_who_cancel_retry_and_delete_never_deadlock(unit_of_work: SQLUnitOfWork) -> None:
    keep_started(unit_of_work, *range(1, 101))
    done = threading.Event()

    def recovery() -> None:
        while not done.is_set():
            recover(unit_of_work)

    def engine(first: int) -> None:
        for turn in range(ROUNDS):
            change(unit_of_work, [first + turn + n for n in range(8)], begin)

    def client(first: int) -> None:
        for turn in range(ROUNDS):
            change(unit_of_work, [first + turn], cancel_or_retry)
            forget(unit_of_work, first + turn + 30)

    with ThreadPoolExecutor(8) as threads:
        others = [threads.submit(recovery) for _ in range(2)]
        working = [threads.submit(work, first) for work in (engine, client) for first in (1, 4, 21)]
        for future in working:
            future.exception()
        done.set()
        for future in [*working, *others]:
            future.result()


def test_a_deadlock_is_told_to_one_of_the_two(database: Database) -> None:
    unit_of_work = SQLUnitOfWork(database)
    keep(unit_of_work, a_prediction(1), a_prediction(2))
    both_hold_one = threading.Barrier(2)

    def cross(first: int, second: int) -> str:
        try:
            with unit_of_work.begin() as tx:
                tx.predictions.lock(ids(first))
                both_hold_one.wait(timeout=20)
                tx.predictions.lock(ids(second))
        except Deadlocked:
            return "broken off"
        return "done"

    with ThreadPoolExecutor() as threads:
        outcomes = list(threads.map(cross, [1, 2], [2, 1]))
    assert sorted(outcomes) == ["broken off", "done"]


def test_processes_that_get_the_same_keys_at_once_keep_each_of_them_once(database: Database) -> None:
    """Groups of several processes meet in every order; none is lost to a deadlock, and the others are kept."""
    unit_of_work, pictures = SQLUnitOfWork(database), MemoryImageStore()
    pipelines = [
        AcceptancePipeline(
            free_space=MemoryFreeSpace(),
            rules=SubmissionRules("squeezenet1_0", ImageLimits()),
            unit_of_work=unit_of_work,
            image_store=pictures,
            publisher=MemoryJobQueue(),
            results=MemoryResultCache(unit_of_work),
            clock=FixedClock(NOON),
            ids=TimeOrderedIds(),
        )
        for _ in range(3)
    ]
    accepted: list[Prediction | Exception] = []

    def accept(pipeline: AcceptancePipeline, group: list[str]) -> None:
        commands = [SubmitPredictionCommand(png(), ANYBODY, idempotency_key=IdempotencyKey(key)) for key in group]
        accepted.extend(pipeline.accept_each(commands))

    keys = [f"key {n}" for n in range(30)]
    orders = [keys, keys[::-1], keys[15:] + keys[:15]]
    calls = [(p, order[n : n + 5]) for n in range(0, 30, 5) for p, order in zip(pipelines, orders, strict=True)]
    with ThreadPoolExecutor(len(calls)) as threads:
        list(threads.map(lambda call: accept(*call), calls))
    predictions = [outcome for outcome in accepted if isinstance(outcome, Prediction)]
    assert len(predictions) == len(accepted) == 90
    assert len({prediction.uuid for prediction in predictions}) == len(pictures) == len(keys)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM predictions")).scalar() == len(keys)
