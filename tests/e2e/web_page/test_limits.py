"""The web page in front of a service that is full, or strict."""

import time

from playwright.sync_api import Route, expect

from tests.harness.browsing import Visit, cards, coffee, drop
from tests.harness.keys_in_page import enter
from tests.harness.service import EmbeddedService


def test_a_full_service_is_waited_for_as_it_says(visit: Visit, guarded: EmbeddedService, key: str) -> None:
    answers = [(429, "rate_limited", "2"), (503, "queue_full", "1"), (429, "backlog_full", "1")] + [
        (503, "queue_full", "1")
    ] * 3

    def refuse(route: Route) -> None:
        if not answers:
            return route.fallback()
        status, code, seconds = answers.pop(0)
        body = f'{{"code": "{code}", "detail": "Too many pictures."}}'
        return route.fulfill(
            status=status, body=body, content_type="application/problem+json", headers={"Retry-After": seconds}
        )

    page = enter(visit, guarded.url, key)
    page.route("**/inference/image*", refuse)
    drop(page, coffee("patient.png"))
    expect(cards(page, "patient.png").locator(".note")).to_have_text("Too many pictures. Trying again in 2 s.")
    expect(page.locator("#live")).to_contain_text("Trying again in 2 s.")
    expect(cards(page, "patient.png").locator(".open")).to_have_text("espresso")
    assert answers == []


def test_the_limit_of_a_key_is_waited_for(visit: Visit, guarded: EmbeddedService) -> None:
    page = enter(visit, guarded.url, guarded.create_key("--owner", "hasty", "--rate", "60", "--burst", "1"))
    drop(page, *(coffee(f"hasty-{number}.png") for number in range(5)))
    expect(cards(page, "hasty-").locator(".note", has_text="Trying again in").first).to_be_visible()
    expect(cards(page, "hasty-").and_(page.locator('[data-status="succeeded"]'))).to_have_count(5)


def test_a_picture_that_waits_can_be_taken_back(visit: Visit, guarded: EmbeddedService, key: str) -> None:
    page = enter(visit, guarded.url, key)
    body = '{"code": "rate_limited", "detail": "Too many pictures."}'
    page.route(
        "**/inference/image*",
        lambda route: route.fulfill(
            status=429, body=body, content_type="application/problem+json", headers={"Retry-After": "1"}
        ),
    )
    drop(page, coffee("impatient.png"))
    page.get_by_role("button", name="Remove impatient.png").click()
    expect(cards(page, "impatient.png")).to_have_count(0)
    time.sleep(2)
    expect(cards(page, "impatient.png")).to_have_count(0)


def test_one_that_is_full_for_hours_is_not_waited_for(visit: Visit, guarded: EmbeddedService, key: str) -> None:
    page = enter(visit, guarded.url, key)
    page.route(
        "**/inference/image*",
        lambda route: route.fulfill(status=429, body='{"detail": "Too many."}', headers={"Retry-After": "7200"}),
    )
    drop(page, coffee("later.png"))
    expect(cards(page, "later.png").locator(".note")).to_have_text("Too many. It can be sent again in 120 min.")
    expect(page.get_by_role("button", name="Try again later.png")).to_be_visible()
