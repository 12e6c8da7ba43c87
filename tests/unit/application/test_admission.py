"""The gate for submissions: rates, and what may wait."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock
from adapters.memory.free_space import MemoryFreeSpace
from adapters.memory.rate_buckets import MemoryRateBuckets
from application.admission.backlog import Backlog, BacklogLimits
from application.admission.drain_rate import DrainRate
from application.admission.gate import AdmissionRequest, SubmissionGate
from application.admission.rate_control import RateControl
from application.ports.database.backlog import BacklogReader
from domain.access.caller import Caller, CallerLimits, Scope
from domain.access.owner import Owner
from domain.access.rate import RateLimit
from domain.errors import BacklogFull, DatabaseUnavailable, QueueFull, RateLimited
from domain.prediction_state import PredictionStatus, StateChange

SHOP, MUSEUM = Owner("shop"), Owner("museum")
LIMITS = BacklogLimits(pictures=100, pictures_of_owner=60, size=1_000_000, wait=timedelta(seconds=10))
WIDE = replace(LIMITS, pictures=100_000, pictures_of_owner=100_000, size=10**12)


def caller(owner: Owner = SHOP, **limits: int) -> Caller:
    return Caller(owner, frozenset(Scope), CallerLimits(**limits))  # type: ignore[arg-type]


def finals(count: int) -> list[StateChange]:
    return [StateChange(UUID(int=n), PredictionStatus.SUCCEEDED) for n in range(count)]


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Rows(BacklogReader):
    """A database with so many queued rows; each reading takes a moment."""

    def __init__(self, time: Time) -> None:
        self.rows: dict[Owner, int] = {}
        self.time, self.takes, self.readings, self.is_away = time, 0.0, 0, False

    def waiting(self) -> Mapping[Owner, int]:
        self.readings += 1
        self.time.now += self.takes
        if self.is_away:
            raise DatabaseUnavailable
        return dict(self.rows)


class World:
    def __init__(self, limits: BacklogLimits = LIMITS) -> None:
        self.time = Time()
        self.rows = Rows(self.time)
        self.backlog = Backlog(limits, self.rows, self.time)

    def refresh(self, **rows: int) -> None:
        self.rows.rows = {Owner(name): count for name, count in rows.items()}
        self.backlog.refresh()

    def work(self, per_second: int, seconds: int = 5) -> None:
        """Finish so many a second, while more wait."""
        for _ in range(seconds):
            self.refresh(shop=100_000)
            self.backlog.note_changes(finals(per_second))
            self.time.now += 1


def test_there_is_room_up_to_the_limit() -> None:
    world = World()
    world.refresh(shop=50, museum=40)
    world.backlog.check(caller(SHOP), 10)
    with pytest.raises(QueueFull) as refused:
        world.backlog.check(caller(MUSEUM), 11)
    assert refused.value.retry_after == timedelta(seconds=5)


def test_an_owner_has_its_share() -> None:
    world = World()
    world.refresh(shop=59)
    world.backlog.check(caller(SHOP))
    with pytest.raises(BacklogFull):
        world.backlog.check(caller(SHOP), 2)
    world.backlog.check(caller(MUSEUM), 2)


def test_a_key_may_have_a_smaller_share_or_a_larger_one() -> None:
    world = World()
    world.refresh(shop=70)
    world.backlog.check(caller(max_queued=90), 20)
    with pytest.raises(BacklogFull):
        world.backlog.check(caller(max_queued=70))


def test_what_was_admitted_since_the_reading_counts() -> None:
    world = World()
    world.backlog.note_admitted(SHOP, 60, None)
    with pytest.raises(BacklogFull):
        world.backlog.check(caller())
    world.refresh(shop=10)
    world.backlog.check(caller(), 50)


def test_what_is_admitted_during_a_reading_is_not_forgotten() -> None:
    world = World()

    class Meanwhile(Rows):
        def waiting(self) -> Mapping[Owner, int]:
            world.backlog.note_admitted(SHOP, 30, None)
            return {SHOP: 30}

    world.backlog._reader = Meanwhile(world.time)
    world.backlog.note_admitted(SHOP, 30, None)
    world.backlog.refresh()
    with pytest.raises(BacklogFull):
        world.backlog.check(caller())


def test_what_was_done_since_the_reading_makes_room() -> None:
    world = World()
    world.refresh(shop=50, museum=50)
    with pytest.raises(QueueFull):
        world.backlog.check(caller(Owner("zoo")))
    world.backlog.note_changes([*finals(1), StateChange(UUID(int=9), PredictionStatus.PROCESSING)])
    world.backlog.check(caller(Owner("zoo")))
    with pytest.raises(QueueFull):
        world.backlog.check(caller(Owner("zoo")), 2)


def test_large_pictures_fill_it_sooner() -> None:
    world = World()
    world.refresh(shop=5)
    world.backlog.note_admitted(SHOP, 4, 100_000)
    world.backlog.check(caller())
    with pytest.raises(QueueFull):
        world.backlog.check(caller(), 2)
    world.backlog.note_admitted(SHOP, 0, 0)
    world.backlog.check(caller())


def test_a_dear_reading_is_not_repeated_at_once() -> None:
    world = World()
    world.rows.takes = 0.5
    for _ in range(12):
        world.backlog.refresh()
        world.time.now += 1
    assert world.rows.readings == 2


def test_without_the_database_what_was_known_counts_on() -> None:
    world = World()
    world.refresh(shop=60)
    world.rows.is_away = True
    with pytest.raises(DatabaseUnavailable):
        world.backlog.refresh()
    with pytest.raises(BacklogFull):
        world.backlog.check(caller())


def test_nobody_should_wait_longer_than_the_limit() -> None:
    world = World(WIDE)
    world.work(per_second=50)
    world.refresh(shop=499)
    world.backlog.check(caller())
    with pytest.raises(QueueFull) as refused:
        world.backlog.check(caller(), 101)
    assert refused.value.retry_after == timedelta(seconds=2)


def test_owners_take_turns_so_that_each_waits_for_itself() -> None:
    world = World(WIDE)
    world.work(per_second=50)
    world.refresh(shop=5000, museum=1)
    world.backlog.check(caller(MUSEUM), 60)
    with pytest.raises(BacklogFull) as refused:
        world.backlog.check(caller(SHOP))
    assert refused.value.retry_after == timedelta(seconds=60)
    with pytest.raises(BacklogFull):
        world.backlog.check(caller(MUSEUM), 260)


def test_a_few_pictures_are_taken_however_slow_it_is() -> None:
    world = World(WIDE)
    world.work(per_second=1)
    world.refresh(shop=60)
    world.backlog.check(caller())
    world.refresh(shop=64)
    with pytest.raises(QueueFull):
        world.backlog.check(caller())


def test_while_nothing_is_finished_nobody_knows_how_long_it_takes() -> None:
    world = World(WIDE)
    world.refresh(shop=90_000)
    world.backlog.check(caller())


def test_a_full_backlog_says_when_there_is_room() -> None:
    world = World()
    world.work(per_second=10)
    world.refresh(shop=60)
    for count, seconds in ((1, 1), (30, 3), (5000, 60)):
        with pytest.raises(QueueFull if count == 5000 else BacklogFull) as refused:
            world.backlog.check(caller(), count)
        assert refused.value.retry_after == timedelta(seconds=seconds)  # type: ignore[attr-defined]


def test_the_rate_is_the_best_of_the_last_minute() -> None:
    time = Time()
    rate = DrainRate(time)
    assert rate.per_second == 0
    for count in (20, 30, 40, 30, 1, 1):
        rate.note_waiting(100)
        rate.note(finals(count))
        time.now += 1
    assert rate.per_second == pytest.approx(100 / 3)
    time.now += 50
    assert rate.per_second == pytest.approx(100 / 3)
    time.now += 10
    assert rate.per_second == 0
    assert rate.finished == 122


def test_an_overload_is_noticed_within_a_second() -> None:
    time = Time()
    rate = DrainRate(time)
    rate.note_waiting(100)
    rate.note(finals(20))
    assert rate.per_second == 0
    time.now += 1
    assert rate.per_second == 20
    rate.note_waiting(100)
    rate.note(finals(10))
    time.now += 1
    assert rate.per_second == 20


def test_a_quiet_time_says_nothing_about_what_could_be() -> None:
    time = Time()
    rate = DrainRate(time)
    for _ in range(30):
        rate.note_waiting(63)
        rate.note(finals(1))
        time.now += 1
    assert rate.per_second == 0
    world = World(WIDE)
    for _ in range(30):
        world.refresh(shop=1)
        world.backlog.note_changes(finals(1))
        world.time.now += 1
    world.refresh(shop=5000)
    world.backlog.check(caller())


def gate(limit: RateLimit | None, clock: FixedClock | None = None) -> SubmissionGate:
    return SubmissionGate(
        backlog=World(LIMITS).backlog,
        rates=RateControl(limit, MemoryRateBuckets(clock or FixedClock())),
        free_space=MemoryFreeSpace(),
    )


def test_without_a_limit_everybody_is_admitted_at_once() -> None:
    admission = gate(None).admit_at_once(AdmissionRequest(caller(), 3, 100.0))
    assert admission
    assert admission.standing is None


def test_who_is_admitted_counts_among_those_who_wait() -> None:
    tried = gate(None)
    tried.admit_at_once(AdmissionRequest(caller(), 60))
    with pytest.raises(BacklogFull):
        tried.admit_at_once(AdmissionRequest(caller()))


def test_a_limited_owner_is_admitted_until_its_rate_is_used_up() -> None:
    clock = FixedClock()
    tried, request = gate(RateLimit(60, 2), clock), AdmissionRequest(caller())
    lefts = []
    for _ in range(2):
        assert tried.admit_at_once(request) is None
        standing = tried.admit(request).standing
        assert standing
        lefts.append(standing.left)
    assert lefts == [1, 0]
    with pytest.raises(RateLimited) as refused:
        tried.admit(request)
    assert refused.value.retry_after == timedelta(seconds=1)
    clock.advance(timedelta(seconds=1))
    tried.admit(request)


def test_a_fast_owner_asks_the_database_seldom() -> None:
    tried, request = gate(RateLimit(6000, 160)), AdmissionRequest(caller())
    asked = 0
    for n in range(55):
        admission = tried.admit_at_once(request)
        if admission is None:
            asked += 1
            admission = tried.admit(request)
        assert admission.standing
        assert admission.standing.left == 159 - n
    assert asked == 5


@pytest.mark.parametrize(
    ("default", "limits", "expected"),
    [
        (None, {}, None),
        (RateLimit(60, 5), {}, RateLimit(60, 5)),
        (RateLimit(60, 5), {"rate_per_minute": 600}, RateLimit(600, 5)),
        (RateLimit(60, 5), {"burst": 50}, RateLimit(60, 50)),
        (None, {"rate_per_minute": 600}, RateLimit(600, 600)),
        (None, {"rate_per_minute": 600, "burst": 7}, RateLimit(600, 7)),
        (None, {"burst": 7}, None),
    ],
)
def test_the_limits_of_a_key_come_first(
    default: RateLimit | None, limits: dict[str, int], expected: RateLimit | None
) -> None:
    assert RateControl(default, MemoryRateBuckets(FixedClock())).limit_of(caller(SHOP, **limits)) == expected
