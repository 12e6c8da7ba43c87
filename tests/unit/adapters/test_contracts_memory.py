"""The in-memory adapters keep the same contracts as the real ones."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from adapters.memory import MemoryImageStore, MemoryJobQueue
from domain.errors import QueueUnavailable
from tests.contracts.api_keys import ApiKeysContract
from tests.contracts.backlog import BacklogReaderContract
from tests.contracts.classifier import ClassifierContract
from tests.contracts.completion_feed import CompletionFeedContract
from tests.contracts.image_store import ImageStoreContract
from tests.contracts.image_store_place import ImageStorePlaceContract
from tests.contracts.image_store_sweep import ImageStoreSweepContract
from tests.contracts.job_queue import JobQueueContract
from tests.contracts.lane_gauge import LaneGaugeContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.overdue_predictions import OverduePredictionsContract
from tests.contracts.predictions import PredictionReaderContract, PredictionsContract
from tests.contracts.queue_gauge import QueueGaugeContract
from tests.contracts.rate_buckets import RateBucketsContract
from tests.contracts.result_cache import ResultCacheContract
from tests.contracts.retention import RetentionContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.webhook_deliveries import WebhookDeliveriesContract
from tests.harness.technologies.memory import MemoryFixtures


class TestMemoryClassifier(MemoryFixtures, ClassifierContract): ...


class TestMemoryCompletionFeed(MemoryFixtures, CompletionFeedContract): ...


class TestMemoryImageStore(MemoryFixtures, ImageStoreContract): ...


class TestMemoryImageStoreSweep(MemoryFixtures, ImageStoreSweepContract): ...


class TestMemoryImageStorePlace(ImageStorePlaceContract):
    @pytest.fixture
    def place(self) -> MemoryImageStore:
        return MemoryImageStore(is_marked=False)

    @pytest.fixture
    def emptied(self, place: MemoryImageStore) -> AbstractContextManager[object]:
        return taken_away(place)


@contextmanager
def taken_away(store: MemoryImageStore) -> Iterator[None]:
    store.take_away()
    yield
    store.bring_back()


class TestMemoryJobQueue(MemoryFixtures, JobQueueContract): ...


class TestMemoryApiKeys(MemoryFixtures, ApiKeysContract): ...


class TestMemoryRateBuckets(MemoryFixtures, RateBucketsContract): ...


class TestMemoryBacklogReader(MemoryFixtures, BacklogReaderContract): ...


class TestMemoryResultCache(MemoryFixtures, ResultCacheContract): ...


class TestMemoryUnitOfWork(MemoryFixtures, UnitOfWorkContract): ...


class TestMemoryPredictions(MemoryFixtures, PredictionsContract): ...


class TestMemoryPredictionReader(MemoryFixtures, PredictionReaderContract): ...


class TestMemoryOverduePredictions(MemoryFixtures, OverduePredictionsContract): ...


class TestMemoryOutbox(MemoryFixtures, OutboxContract): ...


class TestMemoryRetention(MemoryFixtures, RetentionContract): ...


class TestMemoryWebhookDeliveries(MemoryFixtures, WebhookDeliveriesContract): ...


class TestMemoryLaneGauge(MemoryFixtures, LaneGaugeContract):
    def test_a_broker_that_is_away_cannot_be_read(self, gauge: MemoryJobQueue) -> None:
        gauge.disconnect()
        with pytest.raises(QueueUnavailable):
            gauge.read_lanes()


class TestMemoryQueueGauge(MemoryFixtures, QueueGaugeContract):
    def test_a_broker_that_is_away_cannot_be_read(self, gauge: MemoryJobQueue) -> None:
        gauge.disconnect()
        with pytest.raises(QueueUnavailable):
            gauge.read()
