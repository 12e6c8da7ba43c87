"""What a user does in the page about the key."""

from playwright.sync_api import Locator, Page, expect

from tests.harness.browsing import Visit

# The state of a page without its key.
LOCKED = "^Locked$"


def dialog(page: Page) -> Locator:
    return page.locator("#key")


def give(page: Page, key: str) -> None:
    """Type the key and press Enter."""
    expect(page.get_by_label("API key", exact=True)).to_be_focused()
    page.keyboard.insert_text(key)
    page.keyboard.press("Enter")


def enter(visit: Visit, service_url: str, key: str, **options: object) -> Page:
    """A page that has its key."""
    page = visit(service_url, until=LOCKED, **options)
    give(page, key)
    expect(dialog(page)).to_be_hidden()
    expect(page.locator("#health")).to_have_text("Ready")
    return page
