"""The web page: served to browsers only, complete, and without a word from elsewhere."""

import re
from pathlib import Path

import httpx
import pytest

import adapters.http
from tests.unit.http.world import MAX_BYTES, World, ask

FOLDER = Path(adapters.http.__file__).parent / "static" / "page"
SERVED = sorted(path.name for path in FOLDER.iterdir() if path.suffix in {".css", ".jpg", ".js", ".svg", ".woff2"})
SCRIPTS = sorted(FOLDER.glob("*.js"))
WRITTEN = [FOLDER / "index.html", FOLDER / "icon.svg", *SCRIPTS, *sorted(FOLDER.glob("*.css"))]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def page(world: World | None = None) -> httpx.Response:
    return (world or World()).request("GET", "/", headers=BROWSER)


def test_a_browser_gets_the_page() -> None:
    answer = page()

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!DOCTYPE html>")
    assert "Version 1.2.3" in answer.text
    assert f'data-max-image-bytes="{MAX_BYTES}"' in answer.text
    assert not re.findall(r"\{\w+\}", answer.text)


def test_a_cache_is_told_that_the_two_differ() -> None:
    world = World()

    assert page(world).headers["vary"] == "Accept"
    assert world.get("/").headers["vary"] == "Accept"


def test_both_are_documented() -> None:
    document = World().get("/openapi.json").json()

    answer = document["paths"]["/"]["get"]["responses"]["200"]
    assert set(answer["content"]) == {"application/json", "text/html"}


def test_the_policy_forbids_everything_inline_and_every_other_host() -> None:
    policy = dict(part.strip().split(" ", 1) for part in page().headers["content-security-policy"].split(";"))

    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self' blob: data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    assert page().headers["x-content-type-options"] == "nosniff"


def test_the_page_needs_nothing_inline() -> None:
    text = page().text

    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", text) == []


def test_nothing_comes_from_another_host() -> None:
    named = [(path.name, url) for path in WRITTEN for url in re.findall(r"https?://[^\s\"')]+", path.read_text())]

    assert [(name, url) for name, url in named if url != "http://www.w3.org/2000/svg"] == []


def test_what_the_page_loads_is_there() -> None:
    world = World()
    loaded = re.findall(r'(?:src|href)="(/page/[^"]*)"', page(world).text)

    assert len(loaded) == 7
    assert [world.get(path).status_code for path in loaded] == [200] * len(loaded)


IMPORTED = [
    (script.name, name) for script in SCRIPTS for name in re.findall(r'from "\./([\w.-]+)"', script.read_text())
]


def test_what_a_module_imports_is_there() -> None:
    assert [(script, name) for script, name in IMPORTED if name not in SERVED] == []


def test_every_module_is_used() -> None:
    assert {script.name for script in SCRIPTS} - {name for _, name in IMPORTED} == {"main.js", "theme.js"}


def is_sent_once(world: World, name: str) -> bool:
    """True if the whole file is answered, and not again to a client that has it."""
    answer = world.get(f"/page/{name}")
    again = world.request("GET", f"/page/{name}", headers={"If-None-Match": answer.headers["etag"]})
    asks_again = (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-cache", "nosniff")
    is_known = (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    return answer.content == (FOLDER / name).read_bytes() and asks_again and is_known


def test_a_file_is_sent_once_and_asked_for_again() -> None:
    world = World()

    assert len(SERVED) > 20
    assert [name for name in SERVED if not is_sent_once(world, name)] == []


@pytest.mark.parametrize(("name", "media_type"), [("main.js", "text/javascript"), ("page.css", "text/css")])
def test_a_file_has_its_media_type(name: str, media_type: str) -> None:
    assert World().get(f"/page/{name}").headers["content-type"] == f"{media_type}; charset=utf-8"


def test_the_page_is_sent_once_too() -> None:
    world = World()
    tag = page(world).headers["etag"]

    assert world.request("GET", "/", headers={**BROWSER, "If-None-Match": f'"other", {tag}'}).status_code == 304
    assert world.request("GET", "/", headers={**BROWSER, "If-None-Match": '"other"'}).status_code == 200


def test_nothing_else_is_served() -> None:
    world = World()
    others = (
        "index.html",
        "README.md",
        "instrument-sans.LICENSE",
        "absent.js",
        "..%2Fdocs.js",
        "%2E%2E%2Fdocs.js",
        ".js",
    )

    assert {name: world.get(f"/page/{name}").status_code for name in others} == dict.fromkeys(others, 404)


def test_the_page_works_behind_a_prefix() -> None:
    app = World().app
    app.root_path = "/vision"
    text = ask(app, "GET", "/vision/", headers=BROWSER).text
    loaded = re.findall(r'(?:src|href)="(/[^"]*)"', text)

    assert loaded
    assert all(path.startswith("/vision/") for path in loaded)
    assert ask(app, "GET", "/vision/page/main.js").status_code == 200
