"""Pages of other sites: what they ask for is refused, and whatever is no browser notices nothing."""

import asyncio
import logging
from typing import Any

import httpx
import pytest

from adapters.http.app import Protection, create_app
from adapters.http.browsers.browser_guard import BrowserRules
from adapters.http.browsers.host_list import HostList
from tests.unit.http.world import DATA, SUBMIT, World, ask, assert_problem, body

HOST = "photos.example.org"
APP = "https://app.example.org"
EVIL = "https://evil.example"
CHANGES = [
    ("POST", SUBMIT),
    ("POST", "/inference/images"),
    ("DELETE", "/predictions/1"),
    ("POST", "/predictions/1/retry"),
]
CHANGES += [("PUT", "/"), ("PATCH", "/"), ("POST", "/nowhere"), ("BREW", "/")]

Lines = list[tuple[str, str]]


def send(rules: BrowserRules, method: str, path: str, headers: Lines, **request: Any) -> httpx.Response:
    submit, *others = World().routers()
    app = create_app([submit, *others], busiest=submit, version="1", protection=Protection(browsers=rules))
    return ask(app, method, path, headers=headers, **request)


def get(path: str, *headers: tuple[str, str], hosts: tuple[str, ...] = ()) -> httpx.Response:
    return send(BrowserRules(HostList(hosts)), "GET", path, list(headers))


def submit(*headers: tuple[str, str], origins: frozenset[str] = frozenset()) -> httpx.Response:
    rules = BrowserRules(HostList((HOST,)), origins)
    return send(rules, "POST", SUBMIT, [("Host", HOST), *headers], content=body(data=DATA))


def test_another_name_is_told_the_setting_and_nothing_else() -> None:
    for path in ("/", "/predictions", "/health/live", "/health/ready", "/docs", "/nowhere"):
        answer = get(path, ("Host", "Zq7secret.example"))
        assert_problem(answer, 421, "host_not_allowed")
        assert "PREDICTOR_ALLOWED_HOSTS" in answer.json()["detail"]


def test_a_name_of_the_settings_is_answered() -> None:
    assert get("/predictions", ("Host", "A.Example.org:80"), hosts=("*.example.org",)).status_code == 200
    assert_problem(get("/predictions", ("Host", "example.org"), hosts=("*.example.org",)), 421, "host_not_allowed")


@pytest.mark.parametrize("lines", [[""], ["user@localhost"], ["localhost", "localhost"], ["localhost", "evil.example"]])
def test_a_request_names_one_host(lines: list[str]) -> None:
    assert_problem(get("/predictions", *(("Host", line) for line in lines)), 400, "host_invalid")


@pytest.mark.parametrize(("http_version", "status"), [("1.0", 200), ("1.1", 400)])
def test_only_http_1_0_may_leave_the_host_out(http_version: str, status: int) -> None:
    assert status_without_host("GET", http_version, []) == status


def test_without_a_host_no_origin_is_its_own() -> None:
    headers = [(b"origin", b"http://localhost"), (b"content-length", b"0")]
    assert status_without_host("POST", "1.0", headers) == 403
    assert status_without_host("POST", "1.0", headers[1:]) == 405


def status_without_host(method: str, http_version: str, headers: list[tuple[bytes, bytes]]) -> int:
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Any) -> None:
        statuses.append(message.get("status", 0))

    scope = {"type": "http", "http_version": http_version, "method": method, "path": "/health/live", "headers": headers}
    asyncio.run(World().app({**scope, "query_string": b""}, receive, keep))
    return statuses[0]


def test_a_refused_name_is_logged_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    with caplog.at_level(logging.WARNING):
        for name in ("server.lan", "server.lan", "evil.example"):
            world.request("GET", "/", headers={"Host": name})

    assert [record.__dict__["host"] for record in caplog.records] == ["server.lan"]
    assert "PREDICTOR_ALLOWED_HOSTS" in caplog.text


@pytest.mark.parametrize(
    "headers",
    [
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Sec-Fetch-Site", "cross-site"), ("Origin", f"http://{HOST}")],
        [("Sec-Fetch-Site", "Same-Origin")],
        [("Sec-Fetch-Site", "")],
        [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
        [("Origin", EVIL)],
        [("Origin", "null")],
        [("Origin", "")],
        [("Origin", f"http://{HOST}:8080")],
        [("Origin", f"http://{HOST}.evil.example")],
        [("Origin", f"http://{HOST}"), ("Origin", EVIL)],
        [("Origin", f"{APP}.evil.example")],
        [("Origin", APP.upper())],
    ],
    ids=str,
)
@pytest.mark.parametrize("content_type", ["text/plain", "application/json"])
def test_a_page_of_another_origin_changes_nothing(headers: Lines, content_type: str) -> None:
    answer = submit(*headers, ("Content-Type", content_type), origins=frozenset((APP,)))

    assert_problem(answer, 403, "cross_site_request")


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_no_method_that_may_change_something_is_forgotten(method: str, path: str) -> None:
    answer = send(BrowserRules(), method, path, [("Origin", EVIL)])

    assert_problem(answer, 403, "cross_site_request")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Sec-Fetch-Site", "same-origin")],
        [("Sec-Fetch-Site", "none")],
        # A proxy may hide the host that the browser asked for; the browser has compared already.
        [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://outside.example.org")],
        [("Origin", f"http://{HOST}")],
        [("Origin", f"https://{HOST}")],
        [("Sec-Fetch-Site", "cross-site"), ("Origin", APP)],
        [("Origin", APP)],
    ],
    ids=str,
)
def test_everybody_else_submits(headers: Lines) -> None:
    assert submit(*headers, origins=frozenset((APP,))).status_code == 202


def test_reading_needs_no_origin() -> None:
    assert get("/predictions", ("Sec-Fetch-Site", "cross-site"), ("Origin", EVIL)).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nowhere", "/docs", "/openapi.json", "/predictions", "/page/main.js"])
def test_no_answer_can_be_embedded_elsewhere(path: str) -> None:
    assert get(path).headers.get_list("cross-origin-resource-policy") == ["same-origin"]


def test_what_is_refused_cannot_be_embedded_either() -> None:
    refused = [get("/", ("Host", "evil.example")), submit(("Origin", EVIL))]
    assert {answer.headers["cross-origin-resource-policy"] for answer in refused} == {"same-origin"}
    assert not any("access-control-allow-origin" in answer.headers for answer in refused)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_no_window_of_another_page_reaches_ours(path: str) -> None:
    assert get(path, ("Accept", "text/html")).headers["cross-origin-opener-policy"] == "same-origin"
