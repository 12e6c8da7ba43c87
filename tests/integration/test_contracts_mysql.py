"""MySQL and MariaDB keep the contracts."""

import pytest

from adapters.memory import FixedClock
from adapters.sql.connections.database import Database
from adapters.sql.image_store import SQLImageStore
from adapters.sql.intake import SQLIntake
from adapters.sql.result_cache import SQLResultCache
from adapters.sql.unit_of_work import SQLUnitOfWork
from tests.contracts.image_store import ImageStoreContract
from tests.contracts.intake import IntakeContract
from tests.contracts.job_queue import JobQueueContract
from tests.contracts.result_cache import ResultCacheContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.webhooks import WebhooksContract
from tests.harness.builders import NOON
from tests.unit.adapters.test_contracts_sqlite import SQLiteDeployment


class TestMySQLUnitOfWork(UnitOfWorkContract):
    @pytest.fixture
    def unit_of_work(self, database: Database) -> SQLUnitOfWork:
        return SQLUnitOfWork(database)


class TestMySQLIntake(IntakeContract):
    @pytest.fixture
    def intake(self, database: Database) -> SQLIntake:
        return SQLIntake(database)


class TestMySQLWebhooks(WebhooksContract):
    @pytest.fixture
    def intake(self, database: Database) -> SQLIntake:
        return SQLIntake(database)


class TestMySQLResultCache(ResultCacheContract):
    @pytest.fixture
    def results(self, database: Database) -> SQLResultCache:
        return SQLResultCache(database, FixedClock(NOON))


class TestMySQLJobQueue(JobQueueContract):
    @pytest.fixture
    def world(self, database: Database) -> SQLiteDeployment:
        return SQLiteDeployment(database)


class TestMySQLImageStore(ImageStoreContract):
    @pytest.fixture
    def store(self, database: Database) -> SQLImageStore:
        return SQLImageStore(database, FixedClock(NOON))
