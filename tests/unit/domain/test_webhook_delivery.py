from datetime import timedelta

import pytest

from domain.prediction import Prediction
from domain.prediction_state import Failure
from domain.webhooks.webhook import Webhook, WebhookEvent, WebhookUrl
from domain.webhooks.webhook_delivery import DeliveryOutcome, DeliveryState, RetrySchedule, WebhookDelivery, delivery_of
from tests.harness.builders import NOON, a_prediction

SCHEDULE = RetrySchedule((timedelta(seconds=10), timedelta(seconds=100)), lease=timedelta(seconds=60))
AWAY = DeliveryOutcome(error="timed_out")
MINUTE = timedelta(minutes=1)


def failed_at_noon(*events: WebhookEvent) -> Prediction:
    prediction = a_prediction(webhook=Webhook(WebhookUrl("https://example.com"), frozenset(events or WebhookEvent)))
    prediction.give_up(Failure("gone", "Gone."), NOON)
    return prediction


def a_delivery() -> WebhookDelivery:
    delivery = delivery_of(failed_at_noon())
    assert delivery
    return delivery


def test_a_final_prediction_has_its_delivery_due_at_once() -> None:
    delivery = a_delivery()
    assert (delivery.event, delivery.due_at, delivery.created_at) == (WebhookEvent.FAILED, NOON, NOON)
    assert delivery.prediction == failed_at_noon().uuid
    assert delivery.id.startswith("msg_")
    assert "." not in delivery.id
    assert len(delivery.id) <= 50
    assert delivery == a_delivery()


def test_the_id_is_another_when_it_becomes_final_once_more() -> None:
    again = failed_at_noon()
    again.finished_at = NOON + timedelta(microseconds=1)
    other = delivery_of(again)
    assert other
    assert other.id != a_delivery().id


def test_nobody_is_told_what_nobody_asked_for() -> None:
    assert delivery_of(failed_at_noon(WebhookEvent.SUCCEEDED, WebhookEvent.CANCELED)) is None
    assert delivery_of(a_prediction(webhook=Webhook(WebhookUrl("https://example.com")))) is None
    queued_again = failed_at_noon()
    queued_again.status = a_prediction().status
    assert delivery_of(queued_again) is None
    unheard = failed_at_noon()
    unheard.webhook = None
    assert delivery_of(unheard) is None


@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_2xx_is_a_success(status: int) -> None:
    delivery = a_delivery()
    delivery.start(NOON, SCHEDULE)
    assert delivery.due_at == NOON + SCHEDULE.lease
    assert delivery.conclude(1, DeliveryOutcome(status), NOON + MINUTE, SCHEDULE)
    assert delivery.state is DeliveryState.DELIVERED
    assert delivery.due_at is None
    assert delivery.attempts[0].finished_at == NOON + MINUTE
    assert delivery.attempts[0].outcome == DeliveryOutcome(status)


@pytest.mark.parametrize(
    "outcome", [DeliveryOutcome(199), DeliveryOutcome(301), DeliveryOutcome(404), DeliveryOutcome(500), AWAY]
)
def test_everything_else_is_tried_again_later_and_later_and_then_failed(outcome: DeliveryOutcome) -> None:
    delivery, waits = a_delivery(), []
    for attempt in (1, 2, 3):
        delivery.start(NOON, SCHEDULE)
        assert delivery.conclude(attempt, outcome, NOON, SCHEDULE)
        waits.append(delivery.due_at and delivery.due_at - NOON)
    first, second, third = waits
    assert first
    assert second
    assert timedelta(seconds=10) <= first <= timedelta(seconds=11)
    assert timedelta(seconds=100) <= second <= timedelta(seconds=110)
    assert (third, delivery.state) == (None, DeliveryState.FAILED)


def test_gone_ends_it() -> None:
    delivery = a_delivery()
    delivery.start(NOON, SCHEDULE)
    delivery.conclude(1, DeliveryOutcome(410), NOON, SCHEDULE)
    assert (delivery.state, delivery.due_at) == (DeliveryState.DISABLED, None)


def test_the_outcome_of_a_superseded_or_concluded_attempt_does_not_count() -> None:
    delivery = a_delivery()
    delivery.start(NOON, SCHEDULE)
    delivery.start(NOON + SCHEDULE.lease, SCHEDULE)
    assert not delivery.conclude(1, DeliveryOutcome(200), NOON, SCHEDULE)
    assert delivery.conclude(2, AWAY, NOON, SCHEDULE)
    assert not delivery.conclude(2, DeliveryOutcome(200), NOON, SCHEDULE)
    delivery.withdraw()
    assert not delivery.conclude(2, DeliveryOutcome(200), NOON, SCHEDULE)
    assert delivery.state == DeliveryState.WITHDRAWN


def test_senders_that_die_use_the_attempts_up() -> None:
    delivery = a_delivery()
    for _ in range(3):
        delivery.start(NOON, SCHEDULE)
        assert delivery.is_pending
    delivery.start(NOON, SCHEDULE)
    assert (len(delivery.attempts), delivery.state, delivery.due_at) == (3, DeliveryState.FAILED, None)


def test_the_schedule_spans_three_days_from_seconds_to_a_day() -> None:
    schedule = RetrySchedule()
    waits = [schedule.next_after(attempt, "msg_1") for attempt in range(1, 11)]
    assert waits[-1] is None
    known = [wait for wait in waits if wait]
    assert len(known) == 9
    assert timedelta(seconds=5) <= known[0] < timedelta(seconds=6)
    assert timedelta(hours=24) <= known[-1] < timedelta(hours=27)
    assert known == sorted(known)


def test_the_jitter_spreads_deliveries() -> None:
    waits = {RetrySchedule().next_after(2, f"msg_{n}") for n in range(100)}
    assert len(waits) > 50


def test_a_receiver_is_left_alone_as_long_as_it_asks() -> None:
    delivery = a_delivery()
    delivery.start(NOON, SCHEDULE)
    delivery.conclude(1, DeliveryOutcome(503, retry_after=timedelta(seconds=50)), NOON, SCHEDULE)
    assert delivery.due_at == NOON + timedelta(seconds=50)


def test_the_schedule_s_wait_is_kept_when_the_receiver_asks_for_less() -> None:
    delivery = a_delivery()
    delivery.start(NOON, SCHEDULE)
    delivery.conclude(1, DeliveryOutcome(429, retry_after=timedelta(seconds=5)), NOON, SCHEDULE)
    assert delivery.due_at == NOON + (SCHEDULE.next_after(1, delivery.id) or MINUTE)


def test_an_attempt_after_the_end_of_the_schedule_is_the_last() -> None:
    for late, state in ((timedelta(), DeliveryState.FAILED), (-MINUTE, DeliveryState.PENDING)):
        delivery = a_delivery()
        now = NOON + SCHEDULE.length + late
        delivery.start(now, SCHEDULE)
        assert delivery.conclude(1, AWAY, now, SCHEDULE)
        assert delivery.state is state


def test_a_settled_delivery_waits_in_no_lane() -> None:
    delivery = a_delivery()
    assert delivery.lane == "default@example.com"
    delivery.give_up()
    assert (delivery.state, delivery.lane, delivery.due_at) == (DeliveryState.FAILED, "", None)
