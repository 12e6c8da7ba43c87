"""The API for pages of the allowed origins (CORS)."""

import httpx
import pytest

from adapters.http.app import Protection, create_app
from adapters.http.browsers.browser_guard import BrowserRules
from tests.unit.http.test_browser_guard import APP, EVIL, send, submit
from tests.unit.http.world import SUBMIT, World, ask, assert_problem


def preflight(origin: str, method: str, headers: str = "", *, origins: frozenset[str]) -> httpx.Response:
    asked = [("Origin", origin), ("Access-Control-Request-Method", method)]
    asked += [("Access-Control-Request-Headers", headers)] if headers else []
    return send(BrowserRules(origins=origins), "OPTIONS", SUBMIT, asked)


def test_there_is_no_cors_by_default() -> None:
    answer = preflight(APP, "POST", origins=frozenset())

    assert answer.status_code == 405
    assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_an_allowed_origin_may_do_what_the_api_offers() -> None:
    wanted = "authorization,content-type,content-encoding,idempotency-key,prefer,x-api-key"
    answer = preflight(APP, "POST", wanted, origins=frozenset((APP,)))

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == APP
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "method", "headers"), [(EVIL, "POST", ""), (APP, "PUT", ""), (APP, "POST", "cookie")]
)
def test_a_refused_preflight_is_a_problem(origin: str, method: str, headers: str) -> None:
    answer = preflight(origin, method, headers, origins=frozenset((APP,)))

    assert_problem(answer, 403, "cross_site_request")
    assert "access-control-allow-origin" not in answer.headers


def test_an_allowed_origin_reads_answers_and_their_headers() -> None:
    answer = submit(("Origin", APP), ("Sec-Fetch-Site", "cross-site"), origins=frozenset((APP,)))

    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert {"Location", "Retry-After"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    assert "Origin" in answer.headers["vary"]


def test_an_allowed_origin_reads_refusals_too() -> None:
    rules = BrowserRules(origins=frozenset((APP,)))
    answer = send(rules, "GET", "/predictions/0", [("Origin", APP)])

    assert_problem(answer, 404, "prediction_not_found")
    assert answer.headers["access-control-allow-origin"] == APP


def test_answers_to_others_vary_by_origin_where_some_are_allowed() -> None:
    answer = send(BrowserRules(origins=frozenset((APP,))), "GET", "/predictions", [("Origin", EVIL)])

    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "Origin" in answer.headers["vary"]


def test_keys_and_cors_go_together() -> None:
    world = World(needs_keys=True)
    submit_router, *others = world.routers()
    protection = Protection(world.authenticator.authenticate, BrowserRules(origins=frozenset((APP,))))
    app = create_app([submit_router, *others], busiest=submit_router, version="1", protection=protection)
    asked = {"Origin": APP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

    assert ask(app, "OPTIONS", SUBMIT, headers=asked).status_code == 200
    refused = ask(app, "GET", "/predictions", headers={"Origin": APP})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == APP
    assert "WWW-Authenticate" in refused.headers["access-control-expose-headers"]
    # Whose page it is counts before whose key it is.
    assert ask(app, "POST", SUBMIT, headers={"Origin": EVIL}).status_code == 403
