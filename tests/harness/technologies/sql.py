"""The fixtures of the contract suites in SQL: the same for each database server, over the fixture `database`."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from adapters.memory import FixedClock, MemoryCompletionFeed
from adapters.sql.backlog import SQLBacklogReader
from adapters.sql.connections.database import Database
from adapters.sql.image_store import SQLImageStore
from adapters.sql.job_queue import SQLJobQueue
from adapters.sql.rate_buckets import SQLRateBuckets
from adapters.sql.result_cache import SQLResultCache
from adapters.sql.unit_of_work import SQLUnitOfWork
from application.ports.queue.job_queue import Delivery
from application.upkeep.recover_stalled import RecoverStalled
from domain.prediction import Prediction
from domain.prediction_state import Failure
from tests.contracts.job_queue import Deployment
from tests.contracts.unit_of_work import MINUTE, keep
from tests.harness.builders import NOON
from tests.harness.locked_database import locked


class SQLDeployment(Deployment):
    """The queue that is its rows; losing the engine is losing the process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unit_of_work = SQLUnitOfWork(database)
        self._clock = FixedClock(NOON)
        self._held: list[Delivery] = []
        self._restart()

    def _restart(self) -> None:
        self.publisher = self.queue = self.gauge = SQLJobQueue(self._database)

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


class SQLFixtures:
    """Each port's adapter in SQL."""

    @pytest.fixture
    def unit_of_work(self, database: Database) -> SQLUnitOfWork:
        return SQLUnitOfWork(database)

    @pytest.fixture
    def out_of_reach(self, database: Database) -> AbstractContextManager[object]:
        return locked(database)

    @pytest.fixture
    def results(self, database: Database) -> SQLResultCache:
        return SQLResultCache(database, FixedClock(NOON))

    @pytest.fixture
    def buckets(self, database: Database, clock: FixedClock) -> SQLRateBuckets:
        return SQLRateBuckets(database, clock)

    @pytest.fixture
    def backlog(self, database: Database) -> SQLBacklogReader:
        return SQLBacklogReader(database)

    @pytest.fixture
    def store(self, database: Database) -> SQLImageStore:
        return SQLImageStore(database, FixedClock(NOON))

    @pytest.fixture
    def world(self, database: Database) -> SQLDeployment:
        return SQLDeployment(database)

    @pytest.fixture
    def gauge(self, world: SQLDeployment) -> SQLJobQueue:
        return world.gauge
