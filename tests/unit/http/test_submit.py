"""Every form in which a picture is accepted."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.http.requests.http_limits import HttpLimits
from adapters.http.requests.submit_body import command_from_image, command_from_json
from domain.access.caller import ANYBODY
from domain.image import ImageKey
from domain.prediction_state import Failure
from tests.harness.builders import png
from tests.unit.http.world import DATA, MARK, MAX_BYTES, PICTURE, SUBMIT, World, assert_problem, body

UUID_1 = "00000000-0000-0000-0000-000000000001"


def test_a_submission_is_answered_with_its_queued_prediction() -> None:
    answer = World().submit_json(name="dog", data=DATA)

    assert answer.status_code == 202
    assert answer.headers["location"] == f"/predictions/{UUID_1}"
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "uuid": UUID_1,
        "name": "dog",
        "status": "queued",
        "prediction": None,
        "score": None,
        "top": [],
        "model": "squeezenet1_0",
        "priority": 5,
        "cached": False,
        "error": None,
        "attempts": 0,
        "created_at": "2026-01-01T00:00:00Z",
        "expires_at": None,
        "started_at": None,
        "finished_at": None,
    }


def test_the_picture_is_kept_and_queued() -> None:
    world = World()

    world.submit_json(name="dog", data=DATA)

    key = ImageKey(f"0000000/{UUID_1}.png")
    assert world.image_store.get(key) == PICTURE
    assert [delivery.job.uuid for delivery in world.queue.receive(2, timedelta(0))] == [UUID(UUID_1)]


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "nonsense",
        "application/json; charset=utf-8",
    ],
)
def test_json_is_taken_whatever_the_content_type_says(content_type: str | None) -> None:
    assert World().submit(json.dumps({"data": DATA}).encode(), content_type).status_code == 202


@pytest.mark.parametrize("path", [SUBMIT, SUBMIT + "/"])
def test_a_trailing_slash_makes_no_difference(path: str) -> None:
    body = json.dumps({"name": "dog", "data": DATA}).encode()
    assert World().request("POST", path, content=body).status_code == 202


def submit_with_key(world: World, key: str, query: str = "", content: bytes = PICTURE) -> httpx.Response:
    headers = {"Content-Type": "image/png", "Idempotency-Key": key}
    return world.request("POST", SUBMIT + query, content=content, headers=headers)


def test_the_same_key_with_the_same_submission_is_answered_with_the_same_prediction() -> None:
    world = World()

    first, again = (submit_with_key(world, "1") for _ in range(2))
    in_json = world.request("POST", SUBMIT, content=body(data=DATA), headers={"idempotency-key": "1"})

    assert (first.status_code, again.status_code, in_json.status_code) == (202, 202, 202)
    assert first.json() == again.json() == in_json.json()
    assert first.headers["location"] == again.headers["location"] == f"/predictions/{UUID_1}"
    assert submit_with_key(world, "2").json()["uuid"] != UUID_1


def test_a_prediction_that_is_final_already_is_answered_with_200() -> None:
    world = World()
    submit_with_key(world, "1")
    with world.unit_of_work.begin() as tx:
        [prediction] = tx.predictions.lock([UUID(UUID_1)])
        prediction.give_up(Failure("gone", "Gone."), prediction.created_at)
        tx.predictions.save([prediction])
        tx.commit()

    answer = submit_with_key(world, "1")

    assert (answer.status_code, answer.json()["status"]) == (200, "failed")
    assert answer.headers["location"] == f"/predictions/{UUID_1}"


@pytest.mark.parametrize(("query", "content"), [("?name=cat", PICTURE), ("", png(width=3))])
def test_the_same_key_with_another_submission_is_refused(query: str, content: bytes) -> None:
    world = World()
    submit_with_key(world, "1")

    assert_problem(submit_with_key(world, "1", query, content), 422, "idempotency_conflict")


@pytest.mark.parametrize("key", ["", MARK * 32, MARK + "\x07"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    world = World()

    answer = submit_with_key(world, key)

    assert_problem(answer, 422, "invalid_field")
    assert [problem["field"] for problem in answer.json()["errors"]] == ["Idempotency-Key"]
    assert world.is_empty()


LINES = base64.encodebytes(png(width=200)).decode()
WRAPPED = [
    pytest.param(json.dumps({"data": LINES}).encode(), id="escaped line feeds"),
    pytest.param(json.dumps({"data": LINES.replace("\n", "\r\n")}).encode(), id="escaped CRLF"),
    pytest.param(b'{"data": "%s"}' % LINES.encode(), id="raw line feeds, as base64 in a shell prints them"),
    pytest.param(b'{"data": "%s"}' % LINES.replace("\n", "\r\n").encode(), id="raw CRLF"),
    pytest.param(json.dumps({"data": "data:image/png;base64," + LINES}).encode(), id="data URL"),
    pytest.param(json.dumps({"data": "DATA:image/svg+xml;BASE64," + LINES}).encode(), id="data URL, any case"),
    pytest.param(b'\xef\xbb\xbf{"data": "%s"}' % LINES.strip().replace("\n", "").encode(), id="byte order mark"),
]


@pytest.mark.parametrize("body", WRAPPED)
def test_base64_is_taken_in_every_usual_dress(body: bytes) -> None:
    assert command_from_json(body, ANYBODY).image == png(width=200)


@pytest.mark.parametrize(
    ("fields", "name", "top_k"),
    [
        ({}, "", 5),
        ({"name": None, "model": None, "top_k": None, "priority": None, "expires_in": None}, "", 5),
        ({"name": "ü" * 255, "top_k": 20}, "ü" * 255, 20),
        ({"name": "🐕", "top_k": 1}, "🐕", 1),
        ({"model": "squeezenet1_0"}, "", 5),
    ],
)
def test_the_options_may_be_missing_or_null(fields: dict[str, Any], name: str, top_k: int) -> None:
    command = command_from_json(json.dumps({"data": DATA, **fields}).encode(), ANYBODY)

    assert (command.name, command.top_k, command.model) == (name, top_k, fields.get("model"))


@pytest.mark.parametrize("content_type", ["image/png", "IMAGE/JPEG", "image/whatever; a=b"])
def test_an_image_body_is_the_picture_itself(content_type: str) -> None:
    world = World()

    answer = world.submit(PICTURE, content_type, "?name=a%20dog&model=squeezenet1_0&top_k=3")

    assert answer.status_code == 202
    assert answer.json()["name"] == "a dog"
    assert world.image_store.get(ImageKey(f"0000000/{UUID_1}.png")) == PICTURE


def test_the_options_of_an_image_body_are_query_parameters() -> None:
    command = command_from_image(PICTURE, {"name": "dog", "top_k": "3"}, ANYBODY)

    assert (command.image, command.name, command.top_k, command.model) == (PICTURE, "dog", 3, None)


@pytest.mark.parametrize("priority", [0, 9])
def test_a_submission_may_be_urgent_or_wait(priority: int) -> None:
    world = World()

    answers = [world.submit_json(data=DATA, priority=priority)]
    answers.append(world.submit(PICTURE, "image/png", f"?priority={priority}"))

    assert [(answer.status_code, answer.json()["priority"]) for answer in answers] == [(202, priority)] * 2
    assert [delivery.job.priority.level for delivery in world.queue.receive(2, timedelta(0))] == [priority] * 2


@pytest.mark.parametrize("content_type", [None, "image/png"])
def test_a_submission_may_expire(content_type: str | None) -> None:
    world = World()

    if content_type:
        answer = world.submit(PICTURE, content_type, "?expires_in=90")
    else:
        answer = world.submit_json(data=DATA, expires_in=90)

    assert (answer.status_code, answer.json()["expires_at"]) == (202, "2026-01-01T00:01:30Z")


def test_a_picture_of_just_the_limit_is_taken_in_the_widest_dress() -> None:
    lines = base64.b64encode(_picture_of(MAX_BYTES)).decode()
    wide = "".join(lines[i : i + 64] + "\r\n" for i in range(0, len(lines), 64))
    body = json.dumps({"name": "\U0001f415" * 255, "data": "data:image/png;base64," + wide}).encode()

    assert len(body) <= HttpLimits(max_image_bytes=MAX_BYTES).max_json_bytes
    assert World().submit(body).status_code == 202
    assert World().submit(_picture_of(MAX_BYTES), "image/png").status_code == 202


def test_the_body_limit_leaves_room_for_every_way_to_wrap_base64() -> None:
    limits = HttpLimits()
    characters = (limits.max_image_bytes + 2) // 3 * 4
    escaped_line_breaks = (characters + 63) // 64 * len(r"\r\n")

    assert limits.max_json_bytes >= characters + escaped_line_breaks + 255 * len(r"\ud83d\udc15")


def _picture_of(size: int) -> bytes:
    return PICTURE + b"\0" * (size - len(PICTURE))
