"""MySQL and MariaDB keep the contracts."""

import pytest

from adapters.memory import FixedClock
from adapters.sql.connections.database import Database
from adapters.sql.image_store import SQLImageStore
from adapters.sql.result_cache import SQLResultCache
from tests.contracts.image_store import ImageStoreContract
from tests.contracts.job_queue import JobQueueContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.overdue_predictions import OverduePredictionsContract
from tests.contracts.predictions import PredictionReaderContract, PredictionsContract
from tests.contracts.result_cache import ResultCacheContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.webhook_deliveries import WebhookDeliveriesContract
from tests.harness.builders import NOON
from tests.unit.adapters.test_contracts_sqlite import SQLiteDatabase, SQLiteDeployment


class TestMySQLUnitOfWork(SQLiteDatabase, UnitOfWorkContract): ...


class TestMySQLPredictions(SQLiteDatabase, PredictionsContract): ...


class TestMySQLPredictionReader(SQLiteDatabase, PredictionReaderContract): ...


class TestMySQLOverduePredictions(SQLiteDatabase, OverduePredictionsContract): ...


class TestMySQLOutbox(SQLiteDatabase, OutboxContract): ...


class TestMySQLWebhookDeliveries(SQLiteDatabase, WebhookDeliveriesContract): ...


class TestMySQLResultCache(ResultCacheContract):
    @pytest.fixture
    def results(self, database: Database) -> SQLResultCache:
        return SQLResultCache(database, FixedClock(NOON))


class TestMySQLJobQueue(JobQueueContract):
    @pytest.fixture
    def world(self, database: Database) -> SQLiteDeployment:
        return SQLiteDeployment(database)


class TestMySQLImageStore(SQLiteDatabase, ImageStoreContract):
    @pytest.fixture
    def store(self, database: Database) -> SQLImageStore:
        return SQLImageStore(database, FixedClock(NOON))
