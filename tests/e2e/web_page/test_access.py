"""The web page for everybody: without a mouse, without eyes, in the dark, and on a telephone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.harness.browsing import GARBAGE, Visit, cards, coffee, drop, overflowing, tab_to
from tests.harness.service import Service


def test_everything_goes_with_the_keyboard_alone(page: Page) -> None:
    tab_to(page, page.locator("#choose"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([coffee("keys-1.png").payload, coffee("keys-2.png").payload])
    newer, older = cards(page, "keys-2.png"), cards(page, "keys-1.png")
    expect(newer).to_have_attribute("data-status", "succeeded")
    expect(older).to_have_attribute("data-status", "succeeded")

    tab_to(page, newer.locator(".open"))
    page.keyboard.press("Enter")
    detail = page.locator("#detail")
    expect(detail.locator(".facts")).to_contain_text("keys-2.png")
    page.keyboard.press("ArrowRight")
    expect(detail.locator(".facts")).to_contain_text("keys-1.png")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(older.locator(".open")).to_be_focused()

    tab_to(page, older.locator('[data-action="remove"]'))
    page.keyboard.press("Enter")
    expect(page.locator("#confirm")).to_contain_text("Delete keys-1.png?")
    tab_to(page, page.locator("#confirm .danger"))
    page.keyboard.press("Enter")
    expect(older).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")
    tab_to(page, page.locator('#filter input[value=""]'))
    page.keyboard.press("ArrowRight")
    expect(cards(page, "keys-2.png")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_scan_has_no_finding(visit: Visit, service: Service, scheme: str) -> None:
    # Without movement: half faded in, the best contrast is a bad one.
    page = visit(service.url, color_scheme=scheme, reduced_motion="reduce")
    drop(page, coffee(f"seen-{scheme}.png"), GARBAGE)
    expect(cards(page, f"seen-{scheme}.png")).to_have_attribute("data-status", "succeeded")
    expect(cards(page, GARBAGE.name).first).to_have_attribute("data-status", "refused")

    assert Axe().run(page).response["violations"] == []
    cards(page, f"seen-{scheme}.png").locator(".open").click()
    assert Axe().run(page).response["violations"] == []


def test_nothing_overflows_on_a_telephone(visit: Visit, service: Service) -> None:
    page = visit(service.url, viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    drop(page, coffee("telephone-" + "x" * 200 + ".png"), GARBAGE)
    card = cards(page, "telephone-xxx")
    expect(card).to_have_attribute("data-status", "succeeded")

    assert overflowing(page) == []
    card.locator(".open").tap()
    expect(page.locator("#detail .facts")).to_contain_text("efficientnet_lite0")
    assert overflowing(page) == []


def test_the_theme_can_be_chosen_and_stays(page: Page) -> None:
    def colour() -> str:
        shown: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return shown

    light = colour()
    page.get_by_role("button", name="Dark", exact=True).click()
    dark = colour()
    page.reload()
    assert colour() == dark != light
