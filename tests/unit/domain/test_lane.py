from datetime import timedelta

import pytest

from domain.access.owner import DEFAULT_OWNER, Owner
from domain.webhooks.lane import LaneHealth, LaneRules
from domain.webhooks.lane_key import MAX_LANE_LENGTH, lane_key, owner_of_lane
from domain.webhooks.webhook_delivery import DeliveryOutcome
from tests.harness.builders import NOON

SECOND = timedelta(seconds=1)
RULES = LaneRules(failures=3, first_pause=30 * SECOND, longest_pause=100 * SECOND)
TAKEN, AWAY = DeliveryOutcome(204), DeliveryOutcome(error="timed_out")


def health(*outcomes: DeliveryOutcome, took: timedelta = SECOND) -> LaneHealth:
    """After these outcomes at noon."""
    lane = LaneHealth(RULES)
    for outcome in outcomes:
        lane.record(outcome, took, NOON)
    return lane


def test_a_receiver_that_answers_promptly_gets_more_at_once() -> None:
    assert health().capacity(NOON) == RULES.unproven_at_once
    assert health(TAKEN).capacity(NOON) == RULES.at_once
    assert health(TAKEN, took=3 * SECOND).capacity(NOON) == RULES.unproven_at_once
    assert health(TAKEN, AWAY).capacity(NOON) == RULES.unproven_at_once


def test_nobody_gets_more_than_the_operator_allows() -> None:
    assert LaneHealth(LaneRules(at_once=1)).capacity(NOON) == 1


@pytest.mark.parametrize("outcome", [AWAY, DeliveryOutcome(500), DeliveryOutcome(599), DeliveryOutcome(429)])
def test_failures_in_a_row_pause_the_lane(outcome: DeliveryOutcome) -> None:
    assert not health(outcome, outcome).is_paused(NOON)
    lane = health(outcome, outcome, outcome)
    assert lane.is_paused(NOON)
    assert lane.capacity(NOON + 29 * SECOND) == 0
    assert not health(outcome, outcome, TAKEN, outcome, outcome).is_paused(NOON)


@pytest.mark.parametrize("status", [200, 302, 400, 404, 410])
def test_a_receiver_that_answers_is_not_away(status: int) -> None:
    assert health(*[DeliveryOutcome(status)] * 9).capacity(NOON) == RULES.at_once


def test_after_a_pause_one_delivery_probes_the_receiver() -> None:
    lane, later = health(AWAY, AWAY, AWAY), NOON + 30 * SECOND
    assert lane.capacity(later) == 1
    lane.record(TAKEN, SECOND, later)
    assert lane.capacity(later) == RULES.at_once


def test_each_pause_is_twice_as_long_up_to_the_longest() -> None:
    lane, now, pauses = health(AWAY, AWAY), NOON, []
    for _ in range(9):
        lane.record(AWAY, SECOND, now)
        assert lane.paused_until
        pauses.append((lane.paused_until - now).total_seconds())
        now = lane.paused_until
    assert pauses == [30, 60, *[100] * 7]


def test_a_thousand_failures_overflow_nothing() -> None:
    lane, now = health(), NOON
    for _ in range(1000):
        lane.record(AWAY, SECOND, now)
        now = lane.paused_until or now
    assert lane.paused_until == now


def test_failures_that_began_before_the_pause_do_not_lengthen_it() -> None:
    lane = health(AWAY, AWAY, AWAY, AWAY, AWAY)
    assert (lane.paused_until, lane.failures) == (NOON + 30 * SECOND, 3)


def test_a_success_that_began_before_the_pause_ends_it() -> None:
    assert health(AWAY, AWAY, AWAY, TAKEN).capacity(NOON) == RULES.at_once


def test_a_receiver_that_asks_for_it_is_left_alone() -> None:
    busy = DeliveryOutcome(503, retry_after=20 * SECOND)
    lane = health(busy)
    assert lane.paused_until == NOON + 20 * SECOND
    assert lane.capacity(NOON + 20 * SECOND) == 1


def test_it_is_not_left_alone_for_ever_nor_for_less_than_its_pause() -> None:
    assert health(DeliveryOutcome(429, retry_after=900 * SECOND)).paused_until == NOON + RULES.longest_pause
    asks_for_little = DeliveryOutcome(503, retry_after=2 * SECOND)
    assert health(AWAY, AWAY, asks_for_little).paused_until == NOON + RULES.first_pause


def test_every_owner_and_host_has_a_lane_of_its_own() -> None:
    hosts = ["a", "b", "a.b", "::1", *("h" * length for length in (125, 126, 127, 2040))]
    owners = [DEFAULT_OWNER, Owner("a"), Owner("o" * Owner.MAX_LENGTH)]
    lanes = [lane_key(owner, host) for owner in owners for host in hosts]
    assert len(set(lanes)) == len(lanes)
    assert all(lane.isascii() and lane.isprintable() and 0 < len(lane) <= MAX_LANE_LENGTH for lane in lanes)
    assert [owner_of_lane(lane) for lane in lanes] == [owner.name for owner in owners for _ in hosts]


def test_a_lane_can_be_read() -> None:
    assert lane_key(Owner("client"), "example.com") == "client@example.com"
