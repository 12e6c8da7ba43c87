"""SQLite and the local folder keep the contracts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.memory import FixedClock, MemoryCompletionFeed
from adapters.sql.connections.database import Database
from adapters.sql.image_store import SQLImageStore
from adapters.sql.job_queue import SQLJobQueue
from adapters.sql.result_cache import SQLResultCache
from adapters.sql.schema.migrate import migrate
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.storage.local_image_store import LocalImageStore
from application.ports.queue.job_queue import Delivery
from application.ports.queue.queue_gauge import QueueReading
from application.upkeep.recover_stalled import RecoverStalled
from domain.prediction import Prediction
from domain.prediction_state import Failure
from tests.contracts.image_store import ImageStoreContract
from tests.contracts.job_queue import NOT_LONG, Deployment, JobQueueContract, numbers
from tests.contracts.outbox import OutboxContract
from tests.contracts.overdue_predictions import OverduePredictionsContract
from tests.contracts.predictions import PredictionReaderContract, PredictionsContract
from tests.contracts.queue_gauge import QueueGaugeContract
from tests.contracts.result_cache import ResultCacheContract
from tests.contracts.unit_of_work import MINUTE, UnitOfWorkContract, keep
from tests.contracts.webhook_deliveries import WebhookDeliveriesContract
from tests.harness.builders import NOON, a_prediction
from tests.harness.locked_database import locked


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture
def database(tmp_path: Path, empty_database: bytes) -> Iterator[Database]:
    path = tmp_path / "predictor.db"
    path.write_bytes(empty_database)
    database = Database(f"sqlite:///{path}")
    yield database
    assert database.connections_in_use == 0
    database.close()


class SQLiteDatabase:
    @pytest.fixture
    def unit_of_work(self, database: Database) -> SQLUnitOfWork:
        return SQLUnitOfWork(database)

    @pytest.fixture
    def out_of_reach(self, database: Database) -> AbstractContextManager[object]:
        return locked(database)


class TestLocalImageStore(ImageStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalImageStore:
        return LocalImageStore(tmp_path / "images")

    @pytest.fixture
    def out_of_reach(self, store: LocalImageStore, tmp_path: Path) -> AbstractContextManager[object]:
        (tmp_path / "images").rmdir()
        return nullcontext()


class TestSQLiteImageStore(SQLiteDatabase, ImageStoreContract):
    @pytest.fixture
    def store(self, database: Database) -> SQLImageStore:
        return SQLImageStore(database, FixedClock(NOON))


class TestSQLiteUnitOfWork(SQLiteDatabase, UnitOfWorkContract): ...


class TestSQLitePredictions(SQLiteDatabase, PredictionsContract): ...


class TestSQLitePredictionReader(SQLiteDatabase, PredictionReaderContract): ...


class TestSQLiteOverduePredictions(SQLiteDatabase, OverduePredictionsContract): ...


class TestSQLiteOutbox(SQLiteDatabase, OutboxContract): ...


class TestSQLiteWebhookDeliveries(SQLiteDatabase, WebhookDeliveriesContract): ...


class SQLiteDeployment(Deployment):
    """The queue that is its rows; losing the engine is losing the process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unit_of_work = SQLUnitOfWork(database)
        self._clock = FixedClock(NOON)
        self._held: list[Delivery] = []
        self._restart()

    def _restart(self) -> None:
        self.publisher = self.queue = self.gauge = SQLJobQueue(self._database, self._clock)

    def commit(self, *predictions: Prediction) -> None:
        keep(self._unit_of_work, *predictions)

    def receive(self, limit: int = 10, timeout: timedelta = timedelta(seconds=20)) -> list[Delivery]:
        deliveries = super().receive(limit, timeout)
        self._held += deliveries
        return deliveries

    def finish(self, *deliveries: Delivery) -> None:
        self._change(deliveries, lambda p: p.start(NOON, MINUTE, "squeezenet1_0"))
        self._change(deliveries, lambda p: p.give_up(Failure("gone", "Gone."), NOON + MINUTE))
        self._held = [d for d in self._held if d not in deliveries]

    def lose_engine(self) -> None:
        self._change(self._held, lambda p: p.start(NOON, MINUTE, "squeezenet1_0"))
        self._held = []
        self._restart()
        RecoverStalled(
            unit_of_work=self._unit_of_work,
            publisher=self.publisher,
            announcer=MemoryCompletionFeed(),
            clock=self._clock,
        ).execute(engines_are_gone=True)

    def _change(self, deliveries: Sequence[Delivery], change: Callable[[Prediction], None]) -> None:
        with self._unit_of_work.begin() as tx:
            locked = tx.predictions.lock([d.job.uuid for d in deliveries])
            for prediction in locked:
                change(prediction)
            tx.predictions.save(locked)
            tx.commit()


class TestSQLiteResultCache(SQLiteDatabase, ResultCacheContract):
    @pytest.fixture
    def results(self, database: Database) -> SQLResultCache:
        return SQLResultCache(database, FixedClock(NOON))


class TestSQLiteJobQueue(JobQueueContract):
    @pytest.fixture
    def world(self, database: Database) -> SQLiteDeployment:
        return SQLiteDeployment(database)

    def test_a_job_that_is_due_later_is_delivered_then(self, database: Database) -> None:
        queue = SQLJobQueue(database, clock := FixedClock(NOON))
        keep(SQLUnitOfWork(database), a_prediction(1, due_at=NOON + MINUTE))
        assert queue.receive(10, NOT_LONG) == []
        clock.advance(MINUTE)
        assert numbers(queue.receive(10, NOT_LONG)) == [1]


class TestSQLiteQueueGauge(QueueGaugeContract):
    @pytest.fixture
    def world(self, database: Database) -> SQLiteDeployment:
        return SQLiteDeployment(database)

    @pytest.fixture
    def gauge(self, world: SQLiteDeployment) -> SQLJobQueue:
        return world.gauge

    def test_a_queue_that_was_closed_has_no_worker(self, gauge: SQLJobQueue) -> None:
        gauge.close()
        assert gauge.read() == QueueReading(waiting=0, workers=0)
