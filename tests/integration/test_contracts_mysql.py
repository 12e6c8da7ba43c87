"""MySQL and MariaDB keep the contracts."""

from datetime import datetime

from tests.contracts.api_keys import ApiKeysContract
from tests.contracts.backlog import BacklogReaderContract
from tests.contracts.image_store import ImageStoreContract
from tests.contracts.image_store_sweep import ImageStoreSweepContract
from tests.contracts.job_queue import JobQueueContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.overdue_predictions import OverduePredictionsContract
from tests.contracts.owner_turns import OwnerTurnsContract
from tests.contracts.predictions import PredictionReaderContract, PredictionsContract
from tests.contracts.rate_buckets import RateBucketsContract
from tests.contracts.result_cache import ResultCacheContract
from tests.contracts.retention import RetentionContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.webhook_deliveries import WebhookDeliveriesContract
from tests.harness.builders import NOON
from tests.harness.technologies.sql import SQLFixtures


class TestMySQLImageStore(SQLFixtures, ImageStoreContract): ...


class TestMySQLImageStoreSweep(SQLFixtures, ImageStoreSweepContract):
    def now(self) -> datetime:
        return NOON


class TestMySQLJobQueue(SQLFixtures, JobQueueContract): ...


class TestMySQLOwnerTurns(SQLFixtures, OwnerTurnsContract): ...


class TestMySQLApiKeys(SQLFixtures, ApiKeysContract): ...


class TestMySQLRateBuckets(SQLFixtures, RateBucketsContract): ...


class TestMySQLBacklogReader(SQLFixtures, BacklogReaderContract): ...


class TestMySQLResultCache(SQLFixtures, ResultCacheContract): ...


class TestMySQLUnitOfWork(SQLFixtures, UnitOfWorkContract): ...


class TestMySQLPredictions(SQLFixtures, PredictionsContract): ...


class TestMySQLPredictionReader(SQLFixtures, PredictionReaderContract): ...


class TestMySQLOverduePredictions(SQLFixtures, OverduePredictionsContract): ...


class TestMySQLOutbox(SQLFixtures, OutboxContract): ...


class TestMySQLRetention(SQLFixtures, RetentionContract): ...


class TestMySQLWebhookDeliveries(SQLFixtures, WebhookDeliveriesContract): ...
