"""Contract of the rates of owners."""

from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from adapters.memory import FixedClock
from application.ports.database.rate_buckets import RateBuckets, Taken
from domain.access.owner import Owner
from domain.access.rate import RateLimit

SHOP, MUSEUM = Owner("shop"), Owner("museum")
# One a second, ten at once.
LIMIT = RateLimit(per_minute=60, burst=10)
SECOND = timedelta(seconds=1)


class RateBucketsContract:
    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock()

    @pytest.fixture
    @abstractmethod
    def buckets(self, clock: FixedClock) -> RateBuckets:
        """Full buckets."""

    def test_whoever_was_idle_takes_the_burst_and_then_waits(self, buckets: RateBuckets, clock: FixedClock) -> None:
        assert buckets.take(SHOP, LIMIT, 1, 4) == Taken(4, 6)
        assert buckets.take(SHOP, LIMIT, 6, 6) == Taken(6, 0)
        assert buckets.take(SHOP, LIMIT, 2, 5) == Taken(0, 0, 2 * SECOND)
        clock.advance(SECOND)
        assert buckets.take(SHOP, LIMIT, 2, 5) == Taken(0, 1, SECOND)
        clock.advance(SECOND)
        assert buckets.take(SHOP, LIMIT, 2, 5) == Taken(2, 0)

    def test_more_than_wanted_at_most_is_left(self, buckets: RateBuckets) -> None:
        assert buckets.take(SHOP, LIMIT, 1, 99) == Taken(10, 0)

    def test_more_than_there_ever_are_is_given_by_a_full_bucket(self, buckets: RateBuckets, clock: FixedClock) -> None:
        assert buckets.take(SHOP, LIMIT, 25, 25) == Taken(25, 0)
        assert buckets.take(SHOP, LIMIT, 1, 1) == Taken(0, 0, 16 * SECOND)
        clock.advance(16 * SECOND)
        assert buckets.take(SHOP, LIMIT, 1, 1) == Taken(1, 0)

    def test_owners_do_not_take_from_each_other(self, buckets: RateBuckets) -> None:
        buckets.take(SHOP, LIMIT, 10, 10)
        assert buckets.take(MUSEUM, LIMIT, 10, 10) == Taken(10, 0)

    def test_no_two_take_the_same(self, buckets: RateBuckets) -> None:
        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(lambda _: buckets.take(SHOP, LIMIT, 1, 1), range(40)))
        assert sum(each.count for each in taken) == 10
