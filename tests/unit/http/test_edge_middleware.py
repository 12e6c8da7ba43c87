"""Rules for every request."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from adapters.http.app import create_app
from adapters.http.edge_middleware import EdgeMiddleware
from tests.unit.http.world import SUBMIT, World

PATHS = ["/health/live", "/health/ready", "/docs", "/openapi.json", "/docs/docs.js"]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def is_the_same_with_a_slash(world: World, path: str) -> bool:
    plain, slashed = world.get(path), world.get(path + "/")
    return (plain.status_code, slashed.status_code) == (200, 200) and plain.content == slashed.content


def test_every_path_answers_with_and_without_a_trailing_slash(world: World) -> None:
    assert [path for path in PATHS if not is_the_same_with_a_slash(world, path)] == []


def test_no_answer_may_be_sniffed(world: World) -> None:
    paths = ["/", "/nowhere", *PATHS]
    found = {path: world.get(path).headers.get_list("x-content-type-options") for path in paths}
    assert [path for path, values in found.items() if values != ["nosniff"]] == []


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere/", "/inference", "/docs/../app.py", "/docs/app.py"])
def test_an_unknown_path_is_not_found(world: World, path: str) -> None:
    answer = world.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", SUBMIT, "POST"), ("POST", "/", "GET"), ("PUT", "/predictions/1/", "DELETE, GET")],
)
def test_a_wrong_method_is_told_the_right_ones(world: World, method: str, path: str, allowed: str) -> None:
    answer = world.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.json()["code"] == "method_not_allowed"


def test_what_answers_get_answers_head(world: World) -> None:
    assert [path for path in ("/", *PATHS) if world.request("HEAD", path).status_code != 200] == []


@pytest.mark.parametrize(("method", "path", "connection"), [("POST", "/nowhere", "close"), ("GET", "/nowhere", None)])
def test_an_unread_body_costs_the_connection(world: World, method: str, path: str, connection: str | None) -> None:
    content = b"unread" if method == "POST" else None
    assert world.request(method, path, content=content).headers.get("connection") == connection


def test_a_body_read_to_the_end_does_not() -> None:
    assert "connection" not in World().submit(b"?").headers


def test_an_error_after_the_answer_began_reaches_the_server() -> None:
    async def breaks_off(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("broken off")

    async def nothing(_message: Any = None) -> Any: ...

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(RuntimeError, match="broken off"):
        asyncio.run(EdgeMiddleware(breaks_off)(scope, nothing, nothing))


def test_the_lifespan_runs_from_the_start_to_the_end() -> None:
    events: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        events.append("start")
        yield
        events.append("end")

    busiest = World().routers()[0]
    asyncio.run(_live(create_app([busiest], busiest=busiest, version="1", lifespan=lifespan)))

    assert events == ["start", "end"]


async def _live(app: FastAPI) -> None:
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        assert "failed" not in message["type"]

    await app({"type": "lifespan"}, receive, send)


def test_the_interface_imports_neither_torch_nor_a_database() -> None:
    script = (
        "import sys, adapters.http.app; "
        "print([name for name in ('torch', 'sqlalchemy', 'pika', 'dependency_injector', 'PIL') "
        "if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
