"""MySQL and MariaDB keep the contracts."""

from tests.contracts.image_store import ImageStoreContract
from tests.contracts.intake import IntakeContract
from tests.contracts.job_queue import JobQueueContract
from tests.contracts.result_cache import ResultCacheContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.webhooks import WebhooksContract
from tests.harness.technologies.sql import SQLFixtures


class TestMySQLImageStore(SQLFixtures, ImageStoreContract): ...


class TestMySQLIntake(SQLFixtures, IntakeContract): ...


class TestMySQLJobQueue(SQLFixtures, JobQueueContract): ...


class TestMySQLResultCache(SQLFixtures, ResultCacheContract): ...


class TestMySQLUnitOfWork(SQLFixtures, UnitOfWorkContract): ...


class TestMySQLWebhooks(SQLFixtures, WebhooksContract): ...
