"""The command line in front of the service in memory, with HTTP between them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from click.testing import CliRunner, Result
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.cli import main
from tests.unit.http.world import World

Predictor = Callable[..., Result]


@dataclass
class Server:
    """One server for all tests, and the application that it asks just now."""

    url: str = ""
    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app, "a request came between two tests"
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def listening() -> Iterator[Server]:
    """The server, without an application."""
    front = Server()
    server = uvicorn.Server(uvicorn.Config(front, port=0, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    front.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield front
    server.should_exit = True
    thread.join()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def server(listening: Server, world: World) -> Iterator[Server]:
    """The server in front of this test's world."""
    listening.app = world.app
    yield listening
    listening.app = None


@pytest.fixture
def predictor(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Predictor:
    """Runs a command against the service, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, **more: object) -> Result:
        given = [str(argument) for argument in arguments]
        return CliRunner().invoke(main, given, env={"PREDICTOR_URL": server.url}, **more)  # type: ignore[arg-type]

    return run
