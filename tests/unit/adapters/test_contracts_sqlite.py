"""SQLite and the local folder keep the contracts."""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.sql.connections.database import Database
from adapters.sql.job_queue import SQLJobQueue
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.storage.local_image_store import LocalImageStore
from application.ports.queue.queue_gauge import QueueReading
from tests.contracts.api_keys import ApiKeysContract
from tests.contracts.backlog import BacklogReaderContract
from tests.contracts.image_store import ImageStoreContract
from tests.contracts.image_store_place import ImageStorePlaceContract
from tests.contracts.image_store_sweep import ImageStoreSweepContract
from tests.contracts.job_queue import NOT_LONG, JobQueueContract, numbers
from tests.contracts.outbox import OutboxContract
from tests.contracts.overdue_predictions import OverduePredictionsContract
from tests.contracts.owner_turns import OwnerTurnsContract
from tests.contracts.predictions import PredictionReaderContract, PredictionsContract
from tests.contracts.queue_gauge import QueueGaugeContract
from tests.contracts.rate_buckets import RateBucketsContract
from tests.contracts.result_cache import ResultCacheContract
from tests.contracts.retention import RetentionContract
from tests.contracts.unit_of_work import UnitOfWorkContract, keep
from tests.contracts.webhook_deliveries import WebhookDeliveriesContract
from tests.harness.builders import NOON, a_prediction
from tests.harness.empty_folder import replaced_by_an_empty_folder
from tests.harness.technologies.sql import SQLFixtures


class TestLocalImageStore(ImageStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalImageStore:
        store = LocalImageStore(tmp_path / "images")
        store.set_up()
        return store

    @pytest.fixture
    def out_of_reach(self, store: LocalImageStore, tmp_path: Path) -> AbstractContextManager[object]:
        (tmp_path / "images").rename(tmp_path / "elsewhere")
        return nullcontext()


class TestLocalImageStoreSweep(ImageStoreSweepContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalImageStore:
        store = LocalImageStore(tmp_path / "images")
        store.set_up()
        return store

    @pytest.fixture
    def out_of_reach(self, store: LocalImageStore, tmp_path: Path) -> AbstractContextManager[object]:
        (tmp_path / "images").rename(tmp_path / "elsewhere")
        return nullcontext()


class TestLocalImageStorePlace(ImageStorePlaceContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> LocalImageStore:
        return LocalImageStore(tmp_path / "new" / "images")

    @pytest.fixture
    def emptied(self, place: LocalImageStore) -> AbstractContextManager[object]:
        return replaced_by_an_empty_folder(Path(place.location))


class TestSQLiteImageStore(SQLFixtures, ImageStoreContract): ...


class TestSQLiteApiKeys(SQLFixtures, ApiKeysContract): ...


class TestSQLiteRateBuckets(SQLFixtures, RateBucketsContract): ...


class TestSQLiteBacklogReader(SQLFixtures, BacklogReaderContract): ...


class TestSQLiteImageStoreSweep(SQLFixtures, ImageStoreSweepContract):
    def now(self) -> datetime:
        return NOON


class TestSQLiteResultCache(SQLFixtures, ResultCacheContract): ...


class TestSQLiteUnitOfWork(SQLFixtures, UnitOfWorkContract): ...


class TestSQLitePredictions(SQLFixtures, PredictionsContract): ...


class TestSQLitePredictionReader(SQLFixtures, PredictionReaderContract): ...


class TestSQLiteOverduePredictions(SQLFixtures, OverduePredictionsContract): ...


class TestSQLiteOutbox(SQLFixtures, OutboxContract): ...


class TestSQLiteRetention(SQLFixtures, RetentionContract): ...


class TestSQLiteWebhookDeliveries(SQLFixtures, WebhookDeliveriesContract): ...


class TestSQLiteJobQueue(SQLFixtures, JobQueueContract):
    def test_a_clock_that_was_set_back_holds_nothing_up(self, database: Database) -> None:
        keep(SQLUnitOfWork(database), a_prediction(1, due_at=datetime.now(UTC) + timedelta(hours=1)))
        assert numbers(SQLJobQueue(database).receive(10, NOT_LONG)) == [1]


class TestSQLiteOwnerTurns(SQLFixtures, OwnerTurnsContract): ...


class TestSQLiteQueueGauge(SQLFixtures, QueueGaugeContract):
    def test_a_queue_that_was_closed_has_no_worker(self, gauge: SQLJobQueue) -> None:
        gauge.close()
        assert gauge.read() == QueueReading(waiting=0, workers=0)
