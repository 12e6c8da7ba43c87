"""A browser, the actions of a user in it, and the files that she has."""

import base64
import io
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect, sync_playwright

from tests.harness.servers.chromium import chromium, missing_chromium
from tests.harness.servers.fixtures import skip_or_fail
from tests.harness.service import CAMERA, COFFEE, Service

# What the browser prints where the service refuses something, which is what some tests want; and where the page comes
# under a name without TLS.
EXPECTED = ("Failed to load resource", "The Cross-Origin-Opener-Policy header has been ignored")
# For a machine of two cores that does much else; usually it takes a second.
TIMEOUT_MS = 60_000.0
# A name that somebody points at this machine.
STRANGE_HOST = "strange.example"

_DROP = """
files => {
  const carried = new DataTransfer();
  for (const { name, mimeType, data } of files) {
    const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0));
    carried.items.add(new File([bytes], name, { type: mimeType }));
  }
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried });
    document.getElementById("drop").dispatchEvent(event);
  }
}
"""
_OVERFLOWING = """
() => [...document.querySelectorAll("body *:not(.unseen)")].filter(element => {
  const { left, right, width } = element.getBoundingClientRect();
  const scrolls = element.closest(".filter") !== null;  // these are pushed aside with a finger
  return width > 0 && !scrolls && (left < -1 || right > innerWidth + 1);
}).map(element => `${element.tagName} ${element.className} ${element.textContent.slice(0, 40)}`)
"""


Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    skip_or_fail(missing_chromium())
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs rights that containers and root do not have; few machines have a camera.
        arguments = ["--no-sandbox", "--use-fake-device-for-media-stream"]
        arguments.append(f"--host-resolver-rules=MAP {STRANGE_HOST} 127.0.0.1")
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens pages; in the end nothing went wrong in any of them, the policy's refusals included."""
    troubles: list[str] = []
    opened: list[Page] = []

    def open_page(url: str, *, until: str = "^(Ready|No worker)$", **options: Any) -> Page:
        page = browser.new_context(**options).new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        # From the start: asked for only when it is needed, now and then it comes too late.
        page.on("filechooser", lambda _: None)
        opened.append(page)
        page.goto(url)
        expect(page.locator("#health")).to_have_text(re.compile(until))
        return page

    yield open_page
    for page in opened:
        page.context.close()
    assert [trouble for trouble in troubles if not trouble.startswith(EXPECTED)] == []


@pytest.fixture
def page(visit: Visit, service: Service) -> Page:
    return visit(service.url)


@dataclass(frozen=True)
class Picture:
    """A file as a person has it."""

    name: str
    content: bytes
    media_type: str = "image/png"

    @property
    def payload(self) -> FilePayload:
        return {"name": self.name, "mimeType": self.media_type, "buffer": self.content}


GARBAGE = Picture("garbage.png", b"This only claims to be a picture.")


def coffee(name: str) -> Picture:
    return Picture(name, COFFEE)


def jpegs(prefix: str, number: int) -> list[Picture]:
    """Different photographs: the test pictures in turn, each in a size of its own."""
    return [_jpeg(f"{prefix}-{n:02}.jpg", CAMERA if n % 2 else COFFEE, 320 + 8 * n) for n in range(number)]


def _jpeg(name: str, source: bytes, side: int) -> Picture:
    image = Image.open(io.BytesIO(source)).convert("RGB")
    image.thumbnail((side, side))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=85)
    return Picture(name, target.getvalue(), "image/jpeg")


def photograph_of_megabytes(name: str) -> Picture:
    """As a telephone takes it: larger than the service takes, since noise does not compress."""
    image = Image.open(io.BytesIO(COFFEE)).convert("RGB").resize((2400, 1600))
    grain = Image.frombytes("RGB", image.size, random.Random(7).randbytes(3 * 2400 * 1600))
    target = io.BytesIO()
    Image.blend(image, grain, 0.15).save(target, "JPEG", quality=92)
    assert len(target.getvalue()) > 1_500_000
    return Picture(name, target.getvalue(), "image/jpeg")


def photograph_of_megapixels(name: str) -> Picture:
    """Small as a file and large as a picture."""
    picture = _jpeg(name, COFFEE, 600)
    target = io.BytesIO()
    Image.open(io.BytesIO(picture.content)).resize((2400, 1600)).save(target, "JPEG", quality=75)
    assert len(target.getvalue()) < 1_000_000
    return Picture(name, target.getvalue(), "image/jpeg")


def drop(page: Page, *pictures: Picture) -> None:
    """Drag the pictures over the page and let go."""
    carried = [
        {"name": p.name, "mimeType": p.media_type, "data": base64.b64encode(p.content).decode()} for p in pictures
    ]
    page.evaluate(_DROP, carried)


def cards(page: Page, name: str) -> Locator:
    """The cards of the pictures whose names have this in them, the newest first."""
    return page.locator(".card").filter(has=page.locator(".name", has_text=name))


def tab_to(page: Page, place: Locator) -> None:
    """Go there with the tabulator key alone."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if place.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the tabulator key does not lead to {place}")


def overflowing(page: Page) -> list[str]:
    """Elements that stick out at the sides of the window."""
    found: list[str] = page.evaluate(_OVERFLOWING)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), found
    return found
