"""Requests of the client, and its reading of the answers."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from predictor_client import Failure, Health, Label, Queue, Refused, UnexpectedAnswer
from tests.unit.client.conftest import Connect
from tests.unit.client.script import FAILED, GIF, SUCCEEDED, UUID_1, Script, content, prediction, problem


def test_a_prediction_with_fields_of_a_later_version(connect: Connect) -> None:
    found = connect(Script(prediction(fields=SUCCEEDED))).get(UUID_1)

    assert found.uuid == UUID(UUID_1)
    assert (found.name, found.status, found.is_final) == ("dog", "succeeded", True)
    assert (found.prediction, found.score) == ("dogsled", 0.75)
    assert found.top == (Label("dogsled", 0.75), Label("sled", 0.125))
    assert (found.model, found.priority, found.error, found.attempts, found.cached) == ("lite", 5, None, 1, False)
    assert found.created_at == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert found.started_at == found.created_at + timedelta(microseconds=1500)
    assert found.expires_at is None
    assert found.finished_at == found.created_at + timedelta(seconds=1)


def test_a_failed_prediction_says_why(connect: Connect) -> None:
    found = connect(Script(prediction(fields=FAILED))).get(UUID(UUID_1))

    assert found.error == Failure("image_undecodable", "The image cannot be decoded.")


def test_only_final_states_are_final(connect: Connect) -> None:
    def is_final(status: str) -> bool:
        found = connect(Script(prediction(fields=content(status)))).get(UUID_1)
        return bool(found.is_final)

    assert [is_final(status) for status in ("queued", "processing", "canceled", "paused")] == [
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("source", [str, Path, Path.read_bytes, lambda path: io.BytesIO(path.read_bytes())])
def test_a_picture_comes_from_a_path_or_bytes_or_a_file(
    connect: Connect, source: Callable[[Path], Any], tmp_path: Path
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(GIF)
    script = Script(prediction(202))

    submitted = connect(script).submit(source(path))

    assert submitted.status == "queued"
    assert (script.request.method, str(script.request.url)) == ("POST", "http://service/inference/image")
    assert script.request.content == GIF
    assert script.request.headers["Content-Type"] == "image/gif"
    assert "Prefer" not in script.request.headers


@pytest.mark.parametrize(
    ("picture", "media_type"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF....WEBP", "image/webp"),
        (b"BM", "image/bmp"),
        (b"", "image/x-unknown"),
    ],
)
def test_a_picture_is_called_what_it_is(connect: Connect, picture: bytes, media_type: str) -> None:
    script = Script(prediction(202))
    connect(script).submit(picture)
    assert script.request.headers["Content-Type"] == media_type


def test_every_option_is_sent(connect: Connect) -> None:
    script = Script(prediction(202))

    connect(script).submit(
        GIF,
        name="my dog & I",
        model="lite",
        top_k=3,
        priority=0,
        expires_in=timedelta(days=7),
        webhook="https://example.org/?a=b",
        webhook_events=["succeeded", "failed"],
        idempotency_key="order 7",
    )

    assert dict(script.request.url.params) == {
        "name": "my dog & I",
        "model": "lite",
        "top_k": "3",
        "priority": "0",
        "expires_in": "604800",
        "webhook": "https://example.org/?a=b",
        "webhook_events": "succeeded,failed",
    }
    assert script.request.headers["Idempotency-Key"] == "order 7"


def test_nothing_is_sent_that_was_not_said(connect: Connect) -> None:
    script = Script(prediction(202))
    connect(script).submit(GIF)
    assert script.request.url.query == b""
    assert UUID(script.request.headers["Idempotency-Key"])


def test_two_submissions_have_two_keys(connect: Connect) -> None:
    script = Script(prediction(202))
    client = connect(script)
    client.submit(GIF)
    client.submit(GIF)
    assert len({request.headers["Idempotency-Key"] for request in script.requests}) == 2


@pytest.mark.parametrize(
    ("operation", "status", "method", "path"),
    [
        ("get", 200, "GET", f"/predictions/{UUID_1}"),
        ("cancel", 200, "POST", f"/predictions/{UUID_1}/cancel"),
        ("retry", 200, "POST", f"/predictions/{UUID_1}/retry"),
    ],
)
def test_one_prediction_is_looked_up_canceled_and_retried(
    connect: Connect, operation: str, status: int, method: str, path: str
) -> None:
    script = Script(prediction(status))
    found = getattr(connect(script), operation)(UUID_1)
    assert found.uuid == UUID(UUID_1)
    assert (script.request.method, script.request.url.path) == (method, path)


def test_a_prediction_is_deleted(connect: Connect) -> None:
    script = Script(httpx.Response(204))
    assert connect(script).delete(UUID_1) is None
    assert (script.request.method, script.request.url.path) == ("DELETE", f"/predictions/{UUID_1}")


def test_its_picture_is_fetched(connect: Connect) -> None:
    script = Script(httpx.Response(200, content=GIF))
    assert connect(script).image(UUID_1) == GIF
    assert script.request.url.path == f"/predictions/{UUID_1}/image"


def test_what_is_no_uuid_is_never_sent(connect: Connect) -> None:
    script = Script(prediction())
    with pytest.raises(ValueError, match="badly formed"):
        connect(script).get("../health/live")
    assert script.requests == []


def test_the_list_goes_on_from_page_to_page(connect: Connect) -> None:
    pages = [([content(), content("failed")], "next one"), ([], "last one"), ([content("canceled")], None)]
    script = Script(*(httpx.Response(200, json={"predictions": found, "next": after}) for found, after in pages))

    found = connect(script).list(status="failed", model="lite")

    assert [entry.status for entry in found] == ["queued", "failed", "canceled"]
    asked = {"limit": "100", "status": "failed", "model": "lite"}
    assert [dict(request.url.params) for request in script.requests] == [
        asked,
        asked | {"cursor": "next one"},
        asked | {"cursor": "last one"},
    ]


def test_the_version_and_not_the_page(connect: Connect) -> None:
    script = Script(httpx.Response(200, json={"status": "ok", "version": "1.2.3"}))
    assert connect(script).version() == "1.2.3"
    assert (script.request.url.path, script.request.headers["Accept"]) == ("/", "application/json")


@pytest.mark.parametrize(("status", "is_ready"), [(200, True), (503, False)])
def test_health_is_an_answer_in_either_case(connect: Connect, status: int, is_ready: bool) -> None:
    script = Script(httpx.Response(status, json={"status": "?", "checks": {"database": "ok"}}))
    assert connect(script).health() == Health(is_ready, {"database": "ok"})
    assert script.request.url.path == "/health/ready"


def test_the_queue(connect: Connect) -> None:
    script = Script(httpx.Response(200, json={"waiting": 17, "workers": 2, "later": "more"}))
    assert connect(script).queue() == Queue(waiting=17, workers=2)
    assert script.request.url.path == "/queue"


def test_the_key_and_the_name_of_the_client_are_sent(connect: Connect) -> None:
    script = Script(prediction())
    connect(script, api_key="k-123").get(UUID_1)
    assert script.request.headers["Authorization"] == "Bearer k-123"
    assert script.request.headers["User-Agent"].startswith("predictor-client/")


def test_without_a_key_none_is_sent(connect: Connect) -> None:
    script = Script(prediction())
    connect(script).get(UUID_1)
    assert "Authorization" not in script.request.headers


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(200, json=content(created_at="yesterday")),
        httpx.Response(200, json=content(top=[1])),
        httpx.Response(302, headers={"Location": "/elsewhere"}),
    ],
    ids=["html", "list", "empty", "time", "label", "redirect"],
)
def test_an_answer_of_another_service_is_unexpected(connect: Connect, answer: httpx.Response) -> None:
    with pytest.raises(UnexpectedAnswer):
        connect(Script(answer)).get(UUID_1)


def test_a_refusal_is_told_in_full(connect: Connect) -> None:
    wrong = [{"field": "top_k", "message": "The field top_k is not a whole number.", "code": "x"}]
    with pytest.raises(Refused, match=r"^It is not to be\.$") as caught:
        connect(Script(problem(422, "invalid_field", errors=wrong))).submit(GIF)
    refused = caught.value
    assert (refused.status, refused.code, refused.retry_after) == (422, "invalid_field", None)
    assert [(entry.field, entry.message) for entry in refused.fields] == [
        ("top_k", "The field top_k is not a whole number.")
    ]
