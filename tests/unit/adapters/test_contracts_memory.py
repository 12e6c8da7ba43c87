"""The in-memory adapters keep the same contracts as the real ones."""

import pytest

from adapters.memory import (
    MemoryClassifier,
    MemoryCompletionFeed,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryResultCache,
    MemoryUnitOfWork,
)
from adapters.memory.classifier import labels
from application.ports.queue.job_queue import Delivery
from domain.errors import QueueUnavailable
from domain.prediction import Prediction
from tests.contracts.classifier import ClassifierContract
from tests.contracts.completion_feed import CompletionFeedContract
from tests.contracts.image_store import ImageStoreContract
from tests.contracts.job_queue import Deployment, JobQueueContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.overdue_predictions import OverduePredictionsContract
from tests.contracts.predictions import PredictionReaderContract, PredictionsContract
from tests.contracts.queue_gauge import QueueGaugeContract
from tests.contracts.result_cache import ResultCacheContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.webhook_deliveries import WebhookDeliveriesContract


class TestMemoryClassifier(ClassifierContract):
    @pytest.fixture
    def classifier(self) -> MemoryClassifier:
        return MemoryClassifier({b"dog": labels("dogsled"), b"cat": labels("tabby")})

    @pytest.fixture
    def images(self) -> list[bytes]:
        return [b"dog", b"cat"]


class TestMemoryImageStore(ImageStoreContract):
    @pytest.fixture
    def store(self) -> MemoryImageStore:
        return MemoryImageStore()


class MemoryDatabase:
    @pytest.fixture
    def unit_of_work(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork()


class TestMemoryUnitOfWork(MemoryDatabase, UnitOfWorkContract): ...


class TestMemoryPredictions(MemoryDatabase, PredictionsContract): ...


class TestMemoryPredictionReader(MemoryDatabase, PredictionReaderContract): ...


class TestMemoryOverduePredictions(MemoryDatabase, OverduePredictionsContract): ...


class TestMemoryOutbox(MemoryDatabase, OutboxContract): ...


class TestMemoryWebhookDeliveries(MemoryDatabase, WebhookDeliveriesContract): ...


class MemoryDeployment(Deployment):
    def __init__(self) -> None:
        self.publisher = self.queue = self.gauge = MemoryJobQueue()

    def commit(self, *predictions: Prediction) -> None:
        """There are no rows: the published job is all there is."""

    def finish(self, *deliveries: Delivery) -> None:
        """There are no rows."""

    def lose_engine(self) -> None:
        self.gauge.drop_engine()


class TestMemoryJobQueue(JobQueueContract):
    @pytest.fixture
    def world(self) -> MemoryDeployment:
        return MemoryDeployment()


class TestMemoryQueueGauge(QueueGaugeContract):
    @pytest.fixture
    def world(self) -> MemoryDeployment:
        return MemoryDeployment()

    @pytest.fixture
    def gauge(self, world: MemoryDeployment) -> MemoryJobQueue:
        return world.gauge

    def test_a_broker_that_is_away_cannot_be_read(self, gauge: MemoryJobQueue) -> None:
        gauge.disconnect()
        with pytest.raises(QueueUnavailable):
            gauge.read()


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
