"""The in-memory adapters keep the same contracts as the real ones."""

import pytest

from adapters.memory import (
    MemoryCompletionFeed,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryResultCache,
    MemoryUnitOfWork,
    SingleIntake,
)
from application.ports.job_queue import Delivery
from domain.prediction import Prediction
from tests.unit.contracts.completion_feed import CompletionFeedContract
from tests.unit.contracts.image_store import ImageStoreContract
from tests.unit.contracts.intake import IntakeContract
from tests.unit.contracts.job_queue import Deployment, JobQueueContract
from tests.unit.contracts.result_cache import ResultCacheContract
from tests.unit.contracts.unit_of_work import UnitOfWorkContract
from tests.unit.contracts.webhooks import WebhooksContract


class TestMemoryImageStore(ImageStoreContract):
    @pytest.fixture
    def store(self) -> MemoryImageStore:
        return MemoryImageStore()


class TestMemoryUnitOfWork(UnitOfWorkContract):
    @pytest.fixture
    def unit_of_work(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork()


class TestSingleIntake(IntakeContract):
    @pytest.fixture
    def unit_of_work(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork()

    @pytest.fixture
    def intake(self, unit_of_work: MemoryUnitOfWork) -> SingleIntake:
        return SingleIntake(unit_of_work)


class TestMemoryWebhooks(WebhooksContract):
    @pytest.fixture
    def unit_of_work(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork()

    @pytest.fixture
    def intake(self, unit_of_work: MemoryUnitOfWork) -> SingleIntake:
        return SingleIntake(unit_of_work)


class MemoryDeployment(Deployment):
    def __init__(self) -> None:
        self.publisher = self.queue = self._queue = MemoryJobQueue()

    def commit(self, *predictions: Prediction) -> None:
        """There are no rows: the published job is all there is."""

    def finish(self, *deliveries: Delivery) -> None:
        """There are no rows."""

    def lose_engine(self) -> None:
        self._queue.drop_engine()


class TestMemoryJobQueue(JobQueueContract):
    @pytest.fixture
    def world(self) -> MemoryDeployment:
        return MemoryDeployment()


class TestMemoryCompletionFeed(CompletionFeedContract):
    @pytest.fixture
    def feed(self) -> MemoryCompletionFeed:
        return MemoryCompletionFeed()

    @pytest.fixture
    def announcer(self, feed: MemoryCompletionFeed) -> MemoryCompletionFeed:
        return feed


class TestMemoryResultCache(ResultCacheContract):
    @pytest.fixture
    def unit_of_work(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork()

    @pytest.fixture
    def results(self, unit_of_work: MemoryUnitOfWork) -> MemoryResultCache:
        return MemoryResultCache(unit_of_work)
