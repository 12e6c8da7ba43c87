"""The command line in front of the service in memory, with HTTP between them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from click.testing import CliRunner, Result
from fastapi import FastAPI

from entrypoints.cli import main
from tests.unit.http.world import World

Predictor = Callable[..., Result]


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The URL at which `app` answers."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def predictor(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Predictor]:
    """Runs a command against the service, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    with served(world.app) as url:

        def run(*arguments: object, **more: object) -> Result:
            given = [str(argument) for argument in arguments]
            return CliRunner().invoke(main, given, env={"PREDICTOR_URL": url}, **more)  # type: ignore[arg-type]

        yield run
