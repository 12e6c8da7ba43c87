from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access.rate import RateLimit
from tests.harness.builders import NOON

SECOND = timedelta(seconds=1)
LIMIT = RateLimit(per_minute=60, burst=10)


def test_whoever_was_idle_may_take_the_burst() -> None:
    assert LIMIT.available(NOON, NOON) == LIMIT.available(NOON - SECOND, NOON) == 10


@pytest.mark.parametrize(("taken", "left"), [(1, 9), (9, 1), (10, 0), (15, 0)])
def test_what_was_taken_is_missing(taken: int, left: int) -> None:
    assert LIMIT.available(LIMIT.take(NOON, taken, NOON), NOON) == left


def test_it_comes_back_one_by_one() -> None:
    spent_until = LIMIT.take(NOON, 10, NOON)
    found = [LIMIT.available(spent_until, NOON + half * SECOND / 2) for half in range(5)]
    assert found == [0, 0, 1, 1, 2]
    assert LIMIT.available(spent_until, NOON + 60 * SECOND) == 10


@given(
    per_minute=st.integers(1, 10_000),
    burst=st.integers(1, 1000),
    takes=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5000)), max_size=30),
)
def test_nobody_gets_more_than_the_burst_and_the_rate(
    per_minute: int, burst: int, takes: list[tuple[int, int]]
) -> None:
    limit, spent_until, now, total = RateLimit(per_minute, burst), NOON, NOON, 0
    for count, pause in takes:
        now += timedelta(milliseconds=pause)
        if limit.available(spent_until, now) >= count:
            spent_until = limit.take(spent_until, count, now)
            total += count
    assert total <= burst + (now - NOON) / limit.interval + 1


@given(count=st.integers(1, 30), taken=st.integers(0, 60))
def test_after_the_wait_it_is_there_and_not_long_before(count: int, taken: int) -> None:
    spent_until = LIMIT.take(NOON, taken, NOON)
    wait = LIMIT.wait(spent_until, count, NOON)
    assert LIMIT.available(spent_until, NOON + wait) >= min(count, LIMIT.burst)
    if wait:
        assert LIMIT.available(spent_until, NOON + wait - timedelta(microseconds=10)) < min(count, LIMIT.burst)
