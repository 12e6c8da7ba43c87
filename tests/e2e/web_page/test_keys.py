"""The web page of a service that needs keys."""

import re
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.conftest import Produce
from tests.harness.browsing import Picture, Visit, cards, coffee, drop, overflowing, tab_to
from tests.harness.keys_in_page import LOCKED, dialog, enter, give
from tests.harness.service import CAMERA, EmbeddedService

# Within these a revoked key is refused everywhere, also where a stream is open.
REVOKED_SECONDS = 10


def test_without_a_key_the_page_asks_and_takes_no_for_an_answer(visit: Visit, guarded: EmbeddedService) -> None:
    page = visit(guarded.url, until=LOCKED)
    expect(dialog(page)).to_contain_text("Whoever runs the service can give you one.")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    expect(page.locator("#banner")).to_contain_text("needs an API key")
    time.sleep(3)  # it looks again after two seconds, or ten
    expect(dialog(page)).to_be_hidden()

    drop(page, coffee("asked.png"))
    expect(dialog(page)).to_be_visible()
    page.get_by_role("button", name="Not now").click()
    expect(cards(page, "asked.png")).to_have_attribute("data-status", "refused")
    expect(cards(page, "asked.png")).to_contain_text("needs an API key")


def test_a_wrong_key_is_told_and_the_right_one_goes_on_with_what_was_wanted(
    visit: Visit, guarded: EmbeddedService, key: str
) -> None:
    page = visit(guarded.url, until=LOCKED)
    page.keyboard.press("Escape")
    drop(page, coffee("wanted.png"))
    give(page, "mlp_wrong")
    expect(dialog(page)).to_contain_text("That key is not valid")
    expect(page.get_by_label("API key", exact=True)).to_have_attribute("aria-invalid", "true")
    give(page, f" {key} ")

    card = cards(page, "wanted.png")
    expect(card.locator(".open")).to_have_text("espresso")
    expect(page.locator("#banner")).to_be_hidden()
    assert key not in page.content() + page.url
    assert page.evaluate("[Object.values(sessionStorage), Object.values(localStorage)]") == [[key], []]
    assert page.context.cookies() == []
    assert key not in str(guarded.process and guarded.process.log)


def test_what_cannot_be_a_key_is_not_sent(visit: Visit, guarded: EmbeddedService) -> None:
    page = visit(guarded.url, until=LOCKED)
    give(page, "two words")
    expect(dialog(page)).to_be_visible()
    assert page.evaluate("document.querySelector('#key input').validity.patternMismatch")


def test_pictures_are_shown_and_let_go(visit: Visit, guarded: EmbeddedService, key: str) -> None:
    first = enter(visit, guarded.url, key)
    drop(first, coffee("shown-1.png"), Picture("shown-2.png", CAMERA))
    expect(cards(first, "shown-").and_(first.locator('[data-status="succeeded"]'))).to_have_count(2)

    page = enter(visit, guarded.url, key)
    images = cards(page, "shown-").locator("img")
    expect(images).to_have_count(2)
    for image in images.all():
        expect(image).to_have_js_property("complete", True)
        expect(image).not_to_have_js_property("naturalWidth", 0)
    shown = images.first.get_attribute("src")
    assert str(shown).startswith("blob:")
    cards(page, "shown-").first.locator(".open").click()
    expect(page.locator("#detail img")).to_have_attribute("src", str(shown))
    page.locator("#detail .danger").click()
    page.locator("#confirm .danger").click()
    expect(cards(page, "shown-")).to_have_count(1)
    # The page's policy lets nobody look into a blob by fetch: an element tells.
    assert (
        page.evaluate(
            "url => new Promise(done => { const i = new Image(); i.onload = () => done(true);"
            " i.onerror = () => done(false); i.src = url; })",
            shown,
        )
        is False
    )


def test_two_owners_do_not_see_each_other_s_pictures(visit: Visit, guarded: EmbeddedService, key: str) -> None:
    shop = enter(visit, guarded.url, key)
    drop(shop, coffee("of-the-shop.png"))
    expect(cards(shop, "of-the-shop.png").locator(".open")).to_have_text("espresso")
    museum = enter(visit, guarded.url, guarded.create_key("--owner", "museum"))
    drop(museum, coffee("of-the-museum.png"))
    expect(cards(museum, "of-the-museum.png").locator(".open")).to_have_text("espresso")

    expect(cards(museum, "of-the-shop.png")).to_have_count(0)
    expect(cards(shop, "of-the-museum.png")).to_have_count(0)
    museum.get_by_role("button", name="Key", exact=True).click()
    give(museum, key)
    expect(cards(museum, "of-the-shop.png")).to_have_count(1)
    expect(cards(museum, "of-the-museum.png")).to_have_count(0)


def test_a_key_is_forgotten_on_demand(visit: Visit, guarded: EmbeddedService, key: str) -> None:
    page = enter(visit, guarded.url, key)
    drop(page, coffee("forgotten.png"))
    expect(cards(page, "forgotten.png").locator(".open")).to_have_text("espresso")
    tab_to(page, page.get_by_role("button", name="Key", exact=True))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Forget it").click()

    expect(page.locator("#health")).to_have_text(re.compile(LOCKED))
    expect(dialog(page)).to_be_visible()
    expect(cards(page, "forgotten.png")).to_have_count(0)
    assert page.evaluate("sessionStorage.length") == 0


def test_a_key_that_may_only_read_says_so(visit: Visit, guarded: EmbeddedService, key: str, tmp_path: Path) -> None:
    first = enter(visit, guarded.url, key)
    drop(first, coffee("read.png"))
    expect(cards(first, "read.png").locator(".open")).to_have_text("espresso")
    phone = {"width": 375, "height": 700}
    page = enter(visit, guarded.url, guarded.create_key("--owner", "shop", "--scope", "read"), viewport=phone)
    expect(cards(page, "read.png")).to_have_count(1)
    drop(page, coffee("written.png"))

    expect(cards(page, "written.png").locator(".note")).to_have_text("The API key lacks the scope submit.")
    assert overflowing(page) == []
    page.screenshot(path=tmp_path / "denied.png", full_page=True)
    page.get_by_role("button", name="Key", exact=True).click()
    page.screenshot(path=tmp_path / "exchange.png")
    give(page, key)
    page.get_by_role("button", name="Try again written.png").click()
    expect(cards(page, "written.png").locator(".open")).to_have_text("espresso")


def test_a_key_that_may_only_submit_says_so(visit: Visit, guarded: EmbeddedService) -> None:
    page = visit(guarded.url, until=LOCKED)
    give(page, guarded.create_key("--owner", "shop", "--scope", "submit"))
    expect(page.locator("#banner")).to_contain_text("The API key lacks the scope read.")
    expect(page.locator("#banner")).to_contain_text("Give another one")


def test_a_revoked_key_ends_the_stream_and_is_asked_for(visit: Visit, produce: Produce) -> None:
    service = produce(access="keys")  # without a worker, so that the stream stays open
    key = service.create_key()
    page = visit(service.url, until=LOCKED)
    give(page, key)
    with page.expect_response(lambda answer: answer.url.endswith("/events")):
        drop(page, coffee("streamed.png"))
    expect(cards(page, "streamed.png")).to_have_attribute("data-status", "queued")

    began = time.monotonic()
    service.revoke_key(key)
    expect(dialog(page)).to_be_visible(timeout=1000 * REVOKED_SECONDS)
    print(f"asked {time.monotonic() - began:.1f} s after the command was called")
    expect(dialog(page)).to_contain_text("That key is not valid")
    time.sleep(6)  # longer than it waits for the first event of a stream
    with page.expect_response(lambda answer: answer.url.endswith("/events") and answer.ok):
        give(page, service.create_key())
    service.start_worker()
    expect(cards(page, "streamed.png").locator(".open")).to_have_text("espresso")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_the_question_for_everybody(
    visit: Visit, guarded: EmbeddedService, tmp_path: Path, scheme: str, width: int
) -> None:
    window = {"width": width, "height": 700}
    page = visit(guarded.url, until=LOCKED, color_scheme=scheme, viewport=window, reduced_motion="reduce")
    expect(dialog(page)).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    assert overflowing(page) == []
    page.screenshot(path=tmp_path / f"asked-{scheme}-{width}.png")
    give(page, "wrong")
    expect(dialog(page)).to_contain_text("That key is not valid")
    assert Axe().run(page).response["violations"] == []
    page.screenshot(path=tmp_path / f"refused-{scheme}-{width}.png")
    page.keyboard.press("Escape")
    expect(page.locator("#banner")).to_contain_text("valid")
    assert Axe().run(page).response["violations"] == []
    assert overflowing(page) == []
    page.screenshot(path=tmp_path / f"declined-{scheme}-{width}.png")
