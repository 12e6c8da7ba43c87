"""The API key of a client: where it comes from, and where it never goes."""

import logging
import traceback
from typing import Any

import httpx
import pytest

from predictor_client import Health, MalformedApiKey, PermissionDenied, PredictorClientError, Unauthenticated
from predictor_client.connection import default_headers
from tests.unit.client.conftest import Connect
from tests.unit.client.script import UUID_1, Script, prediction, problem

KEY = "mlp_abcdefghij_Zq7secret"


def sent(connect: Connect, **settings: Any) -> str | None:
    script = Script(prediction())
    connect(script, **settings).get(UUID_1)
    found: str | None = script.request.headers.get("Authorization")
    return found


@pytest.mark.parametrize(
    ("given", "in_environment", "expected"),
    [
        (None, "", None),
        (None, "from-there", "Bearer from-there"),
        ("given", "from-there", "Bearer given"),
        ("", "from-there", None),
        (f"  {KEY}\r\n", "", f"Bearer {KEY}"),
    ],
)
def test_the_key_is_the_given_one_or_that_of_the_environment(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, given: str | None, in_environment: str, expected: str | None
) -> None:
    monkeypatch.setenv("PREDICTOR_API_KEY", in_environment)
    assert sent(connect, api_key=given) == expected


@pytest.mark.parametrize("text", [f"{KEY} x", f"{KEY}\nX-Evil: 1", f"{KEY}\u00e9", f"{KEY}\x00", f"{KEY}\u2028x"])
def test_what_no_header_can_carry_is_refused_and_not_repeated(connect: Connect, text: str) -> None:
    with pytest.raises(MalformedApiKey) as caught:
        connect(Script(prediction()), api_key=text)
    assert isinstance(caught.value, ValueError)
    assert "Zq7secret" not in "".join(traceback.format_exception(caught.value)).replace(repr(text), "")
    assert "Zq7secret" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


@pytest.mark.parametrize("step", [httpx.ConnectError("refused"), problem(401, "api_key_invalid"), prediction(500)])
def test_the_key_is_in_no_error_and_in_no_log(connect: Connect, caplog: pytest.LogCaptureFixture, step: Any) -> None:
    caplog.set_level(logging.DEBUG)
    client = connect(Script(step), api_key=KEY)
    with pytest.raises(PredictorClientError) as caught:
        client.get(UUID_1)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(vars(caught.value))
    assert KEY not in told + caplog.text + repr(client._client) + repr(vars(client._client))
    assert KEY not in repr(vars(client._client._http))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("operation", ["get", "stream", "image"])
def test_a_redirection_is_not_followed_so_that_no_other_host_gets_the_key(
    connect: Connect, status: int, operation: str
) -> None:
    script = Script(httpx.Response(status, headers={"Location": "http://elsewhere/"}))
    with pytest.raises(PredictorClientError):
        getattr(connect(script, api_key=KEY), operation)(UUID_1)
    assert script.request.url.host == "service"


@pytest.mark.parametrize(
    ("answer", "error"),
    [(problem(401, "api_key_invalid"), Unauthenticated), (problem(403, "insufficient_scope"), PermissionDenied)],
)
@pytest.mark.parametrize("operation", ["get", "stream", "wait", "image", "cancel", "delete"])
def test_a_refused_key_is_not_tried_again(
    connect: Connect, answer: httpx.Response, error: type[Exception], operation: str
) -> None:
    script = Script(answer)
    with pytest.raises(error):
        getattr(connect(script, api_key=KEY), operation)(UUID_1)
    assert len(script.requests) == 1


@pytest.mark.parametrize(("status", "is_ready"), [(200, True), (503, False)])
def test_the_parts_are_for_those_who_may_see_them(connect: Connect, status: int, is_ready: bool) -> None:
    assert connect(Script(httpx.Response(status, json={"status": "?"}))).health() == Health(is_ready, {})


def test_headers_without_a_key_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREDICTOR_API_KEY", raising=False)
    assert set(default_headers(None)) == {"User-Agent"}
