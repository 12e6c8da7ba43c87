"""Bodies that are too long, too slow, or cut off."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.http.edge_middleware import LINGER_BYTES
from tests.unit.http.world import DATA, SUBMIT, World, ask, assert_problem, body


@pytest.mark.parametrize("content_type", ["text/plain", "image/png"])
def test_a_hundred_megabytes_without_content_length_are_refused_while_reading(content_type: str) -> None:
    world, sent = World(), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1600):
            sent += 65_536
            yield bytes(65_536)

    answer = world.submit(endless(), content_type)

    code = "image_too_large" if content_type == "image/png" else "body_too_large"
    assert_problem(answer, 413, code)
    assert answer.headers["connection"] == "close"
    assert sent <= LINGER_BYTES + 2 * 65_536
    assert world.is_empty()


def test_a_content_length_over_the_limit_is_refused_before_anything_is_read() -> None:
    order: list[str] = []

    async def receive() -> dict[str, Any]:
        order.append("receive")
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        order.append(f"{message['type']} {message.get('status', '')}".strip())

    scope = _submission({"content-length": "100000000"})
    asyncio.run(World().app(scope, receive, send))

    assert order[:2] == ["http.response.start 413", "http.response.body"]


def test_a_slow_client_is_sent_away() -> None:
    world = World(receive_timeout=timedelta(milliseconds=20))

    async def one_byte_a_minute() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    answer = world.submit(one_byte_a_minute())

    assert_problem(answer, 408, "receive_timeout")
    assert answer.headers["connection"] == "close"
    assert world.is_empty()


def test_a_client_that_goes_away_leaves_nothing() -> None:
    world = World()
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": body(data=DATA), "more_body": True},
        {"type": "http.disconnect"},
    ]
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    asyncio.run(world.app(_submission({}), receive, send))

    assert statuses == [400]
    assert world.is_empty()


def test_after_a_refusal_the_next_submission_is_taken() -> None:
    app = World().app

    assert ask(app, "POST", SUBMIT, content=b"?").status_code == 400
    assert ask(app, "POST", SUBMIT, content=body(data=DATA)).status_code == 202


def _submission(headers: dict[str, str]) -> dict[str, Any]:
    lines = {"host": "localhost", **headers}
    return {
        "type": "http",
        "method": "POST",
        "path": SUBMIT,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
    }
