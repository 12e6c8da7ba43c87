"""Pages of other origins in a real browser: what they ask the service for, and what comes of it."""

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Serve
from tests.harness.browsing import STRANGE_HOST, Visit, cards, coffee, drop
from tests.harness.service import COFFEE, Service

BODY = json.dumps({"name": "strange", "data": base64.b64encode(COFFEE).decode()})

_POST = """
async ([url, body, mode]) => {
  const answer = await fetch(url, { method: "POST", mode, body, headers: { "Content-Type": "text/plain" } });
  return { status: answer.status, location: answer.headers.get("location") };
}
"""
_READ = "async url => (await (await fetch(url)).json())"
_EMBED = """
([url, crossOrigin]) => new Promise(resolve => {
  const image = Object.assign(new Image(), { onload: () => resolve(true), onerror: () => resolve(false) });
  if (crossOrigin) image.crossOrigin = crossOrigin;
  image.src = url;
})
"""
# As text a form is sent as NAME=VALUE, so that JSON needs only a string with `=` in it.
_SEND_FORM = """
([url, name, value]) => new Promise(resolve => {
  const frame = Object.assign(document.createElement("iframe"), { name: "target" });
  const form = Object.assign(document.createElement("form"), { action: url, method: "post", enctype: "text/plain" });
  form.target = "target";
  form.append(Object.assign(document.createElement("input"), { name, value }));
  document.body.append(frame, form);
  frame.onload = () => resolve(true);
  form.submit();
})
"""


class _OtherSite(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = b"<!DOCTYPE html><title>Another site</title><body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def other_port() -> Iterator[int]:
    """The port of a server of somebody else on this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _OtherSite) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def is_refused(page: Page, script: str, argument: object) -> bool:
    """True if the browser keeps the answer from the page."""
    refused: bool = page.evaluate(f"argument => ({script})(argument).then(() => false, () => true)", argument)
    return refused


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", STRANGE_HOST])
def test_a_page_of_another_origin_neither_changes_nor_sees_anything(
    tab: Page, service: Service, other_port: int, host: str
) -> None:
    uuid = service.submit(COFFEE)
    before = service.traces()
    submit, picture = f"{service.url}/inference/image", f"{service.url}/predictions/{uuid}/image"
    tab.goto(f"http://{host}:{other_port}/")

    # The browser sends this one, and the form, without asking whether it may.
    assert is_refused(tab, _POST, [submit, BODY, "no-cors"])
    name, _, value = BODY.replace("strange", "a=b").partition("=")
    tab.evaluate(_SEND_FORM, [submit, name, value])
    assert is_refused(tab, _POST, [submit, BODY, "cors"])
    assert is_refused(tab, _READ, f"{service.url}/predictions")
    assert not tab.evaluate(_EMBED, [picture, ""])
    assert not tab.evaluate(_EMBED, [picture, "anonymous"])
    assert service.traces() == before
    assert service.get(uuid)["status"] in ("queued", "processing", "succeeded")


def test_a_name_that_points_here_is_not_the_service(tab: Page, service: Service) -> None:
    answer = tab.goto(f"http://{STRANGE_HOST}:{urlsplit(service.url).port}/predictions")

    assert answer is not None
    assert (answer.status, answer.json()["code"]) == (421, "host_not_allowed")


def test_the_page_works_under_both_names_of_this_machine(visit: Visit, service: Service) -> None:
    for name in ("127.0.0.1", "localhost"):
        page = visit(f"http://{name}:{urlsplit(service.url).port}/")
        drop(page, coffee(f"{name}.png"))
        expect(cards(page, f"{name}.png").locator(".open")).to_have_text("espresso")


def test_the_page_works_under_a_name_of_the_settings(visit: Visit, serve: Serve) -> None:
    service = serve(allowed_hosts=STRANGE_HOST)
    service.wait_until_ready()
    # Without TLS and not of this machine, so that the browser sends no Sec-Fetch-Site.
    page = visit(f"http://{STRANGE_HOST}:{urlsplit(service.url).port}/")
    drop(page, coffee("named.png"))

    expect(cards(page, "named.png").locator(".open")).to_have_text("espresso")


def test_a_page_of_an_allowed_origin_submits_reads_and_embeds(tab: Page, serve: Serve, other_port: int) -> None:
    service = serve(cors_origins=f"http://localhost:{other_port}")
    tab.goto(f"http://localhost:{other_port}/")
    answer = tab.evaluate(_POST, [f"{service.url}/inference/image", BODY, "cors"])

    assert answer["status"] == 202
    uuid = answer["location"].rsplit("/", 1)[1]
    assert tab.evaluate(_READ, f"{service.url}{answer['location']}")["uuid"] == uuid
    assert tab.evaluate(_EMBED, [f"{service.url}/predictions/{uuid}/image", "anonymous"])
    tab.goto(f"http://127.0.0.1:{other_port}/")
    assert is_refused(tab, _READ, f"{service.url}/predictions")
