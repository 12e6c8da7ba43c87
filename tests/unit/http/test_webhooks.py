"""Asking for a webhook, and seeing what became of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.http.requests.submit_body import command_from_image, command_from_json
from adapters.memory import FixedClock, LimitedRetry, MemoryUnitOfWork, MemoryWebhookSender
from application.upkeep.deliver_webhooks import DeliverWebhooks
from application.upkeep.webhook_lanes import WebhookLanes
from domain.access.caller import ANYBODY
from domain.webhooks.webhook import Webhook, WebhookEvent, WebhookUrl
from domain.webhooks.webhook_delivery import DeliveryOutcome, RetrySchedule
from tests.contracts.unit_of_work import keep, look_up
from tests.contracts.webhook_deliveries import LANE, a_hooked, finish
from tests.harness.builders import NOON
from tests.unit.http.test_submit import UUID_1
from tests.unit.http.world import DATA, MARK, PICTURE, World, assert_problem, body

URL = "https://example.com/hook"
SOME = (WebhookEvent.SUCCEEDED, WebhookEvent.FAILED)
WEBHOOKS = f"/predictions/{UUID_1}/webhooks"


def test_a_webhook_is_kept_with_its_prediction() -> None:
    world = World()
    assert world.submit_json(data=DATA, webhook=URL, webhook_events=["failed", "failed", "canceled"]).status_code == 202
    webhook = look_up(world.unit_of_work, 1).webhook
    assert webhook
    assert webhook == Webhook(WebhookUrl(URL), frozenset({WebhookEvent.FAILED, WebhookEvent.CANCELED}))


@pytest.mark.parametrize(
    ("fields", "url", "events"),
    [
        ({}, None, None),
        ({"webhook": None, "webhook_events": None}, None, None),
        ({"webhook": URL}, URL, None),
        ({"webhook": URL, "webhook_events": ["failed", "succeeded", "failed"]}, URL, SOME),
    ],
)
def test_the_fields_of_json(fields: dict[str, Any], url: str | None, events: tuple[WebhookEvent, ...] | None) -> None:
    command = command_from_json(body(data=DATA, **fields), ANYBODY)
    assert (command.webhook, command.webhook_events) == (url, events)


def test_the_parameters_of_an_image_body() -> None:
    command = command_from_image(PICTURE, {"webhook": URL, "webhook_events": "succeeded,failed"}, ANYBODY)
    assert command.webhook_events == SOME

    world = World()
    answer = world.submit(PICTURE, "image/png", f"?webhook={URL}&webhook_events=succeeded,failed")
    assert answer.status_code == 202
    webhook = look_up(world.unit_of_work, 1).webhook
    assert webhook
    assert webhook.events == set(SOME)


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"webhook": f"ftp://{MARK}"}, "invalid_field", "webhook"),
        ({"webhook": f"https://{MARK}@example.com/"}, "invalid_field", "webhook"),
        ({"webhook": "https://example.com/" + MARK * 300}, "invalid_field", "webhook"),
        ({"webhook": 5}, "invalid_field", "webhook"),
        ({"webhook": f"http://127.0.0.1/{MARK}"}, "webhook_forbidden", "webhook"),
        ({"webhook": f"http://169.254.169.254/{MARK}"}, "webhook_forbidden", "webhook"),
        ({"webhook": f"http://[::1]:80/{MARK}"}, "webhook_forbidden", "webhook"),
        ({"webhook": f"http://localhost/{MARK}"}, "webhook_forbidden", "webhook"),
        ({"webhook": URL, "webhook_events": [MARK]}, "invalid_field", "webhook_events"),
        ({"webhook": URL, "webhook_events": []}, "invalid_field", "webhook_events"),
        ({"webhook": URL, "webhook_events": ["failed"] * 11}, "invalid_field", "webhook_events"),
        ({"webhook": URL, "webhook_events": {MARK: 1}}, "invalid_field", "webhook_events"),
        ({"webhook_events": ["failed"]}, "invalid_field", "webhook_events"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    world = World()
    answer = world.submit_json(data=DATA, **fields)
    assert_problem(answer, 422, code)
    assert [problem["field"] for problem in answer.json()["errors"]] == [field]
    assert world.is_empty()


def test_a_service_without_a_secret_takes_no_webhooks() -> None:
    world = World(signs_webhooks=False)
    assert_problem(world.submit_json(data=DATA, webhook=URL), 422, "webhooks_disabled")
    assert world.is_empty()
    assert world.submit_json(data=DATA).status_code == 202


def test_every_attempt_is_seen() -> None:
    unit_of_work, clock = MemoryUnitOfWork(), FixedClock(NOON)
    keep(unit_of_work, a_hooked(1))
    finish(unit_of_work, 1)
    lanes = WebhookLanes(1)
    deliver = DeliverWebhooks(
        schedule=RetrySchedule(),
        unit_of_work=unit_of_work,
        lanes=lanes,
        sender=MemoryWebhookSender(DeliveryOutcome(503), DeliveryOutcome(error="timed_out")),
        clock=clock,
        retry=LimitedRetry(),
    )
    for _ in range(2):
        lanes.add([LANE])
        deliver.execute()
        clock.advance(timedelta(seconds=10))

    answer = World(unit_of_work=unit_of_work).get(WEBHOOKS)

    assert answer.status_code == 200
    [webhook] = answer.json()["webhooks"]
    next_attempt_at = webhook.pop("next_attempt_at")
    assert "2026-01-01T12:05:10Z" <= next_attempt_at < "2026-01-01T12:05:41Z"
    assert webhook.pop("id").startswith("msg_")
    assert webhook == {
        "event": "failed",
        "state": "pending",
        "created_at": "2026-01-01T12:00:00Z",
        "attempts": [
            {
                "number": 1,
                "started_at": "2026-01-01T12:00:00Z",
                "finished_at": "2026-01-01T12:00:00Z",
                "status": 503,
                "error": None,
            },
            {
                "number": 2,
                "started_at": "2026-01-01T12:00:10Z",
                "finished_at": "2026-01-01T12:00:10Z",
                "status": None,
                "error": "timed_out",
            },
        ],
    }
    assert "example.com" not in answer.text


def test_a_prediction_without_news_has_an_empty_list() -> None:
    world = World()
    world.submit_json(data=DATA)
    assert world.get(WEBHOOKS + "/").json() == {"webhooks": []}


@pytest.mark.parametrize("uuid", [UUID(int=9), "12345678"])
def test_an_unknown_prediction_is_not_found(uuid: object) -> None:
    assert_problem(World().get(f"/predictions/{uuid}/webhooks"), 404, "prediction_not_found")
