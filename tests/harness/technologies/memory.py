"""The fixtures of the contract suites in memory."""

import pytest

from adapters.memory import (
    FixedClock,
    MemoryClassifier,
    MemoryCompletionFeed,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryResultCache,
    MemoryUnitOfWork,
)
from adapters.memory.backlog import MemoryBacklogReader
from adapters.memory.classifier import labels
from adapters.memory.rate_buckets import MemoryRateBuckets
from application.ports.queue.job_queue import Delivery
from domain.prediction import Prediction
from tests.contracts.lane_gauge import TimedDeployment


class MemoryDeployment(TimedDeployment):
    """A queue without rows."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.publisher = self.queue = self.gauge = MemoryJobQueue(self.clock)

    def commit(self, *predictions: Prediction) -> None:
        """There are no rows: the published job is all there is."""

    def finish(self, *deliveries: Delivery) -> None:
        """There are no rows."""

    def lose_engine(self) -> None:
        self.gauge.drop_engine()


class MemoryFixtures:
    """Each port's adapter in memory."""

    @pytest.fixture
    def unit_of_work(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork()

    @pytest.fixture
    def images(self) -> list[bytes]:
        return [b"dog", b"cat"]

    @pytest.fixture
    def classifier(self) -> MemoryClassifier:
        return MemoryClassifier({b"dog": labels("dogsled"), b"cat": labels("tabby")})

    @pytest.fixture
    def results(self, unit_of_work: MemoryUnitOfWork) -> MemoryResultCache:
        return MemoryResultCache(unit_of_work)

    @pytest.fixture
    def buckets(self, clock: FixedClock) -> MemoryRateBuckets:
        return MemoryRateBuckets(clock)

    @pytest.fixture
    def backlog(self, unit_of_work: MemoryUnitOfWork) -> MemoryBacklogReader:
        return MemoryBacklogReader(unit_of_work)

    @pytest.fixture
    def store(self) -> MemoryImageStore:
        return MemoryImageStore()

    @pytest.fixture
    def world(self) -> MemoryDeployment:
        return MemoryDeployment()

    @pytest.fixture
    def gauge(self, world: MemoryDeployment) -> MemoryJobQueue:
        return world.gauge

    @pytest.fixture
    def lanes(self, world: MemoryDeployment) -> MemoryJobQueue:
        return world.gauge

    @pytest.fixture
    def feed(self) -> MemoryCompletionFeed:
        return MemoryCompletionFeed()

    @pytest.fixture
    def announcer(self, feed: MemoryCompletionFeed) -> MemoryCompletionFeed:
        return feed
