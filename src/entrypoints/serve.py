"""The embedded mode: API and engine in one process, everything in one folder."""

import fcntl
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from adapters.http.app import UseCases, create_app
from adapters.http.limits import HttpLimits
from adapters.sql.migrate import migrate
from entrypoints.container import Container
from entrypoints.engine import Engine
from entrypoints.settings import Settings

# How long a stopping server waits for answers that are under way.
_GRACE_SECONDS = 10


class CannotServe(Exception):
    """The server cannot start or go on; the message says why in one line."""


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: what to serve and where.
        announce: called with the server's URL once it listens.

    Raises:
        CannotServe: the folder is in use, the address is taken, or the model cannot be loaded.
        PredictorError: the database or the image store cannot be used.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _only_one(settings.data_dir), _listening(settings) as listener:
        container = Container(settings=settings)
        migrate(settings.database)
        container.recover_stalled().execute(engines_are_gone=True)
        engine = container.engine()
        server = _server(settings, container, engine)
        announce("http://{}:{}".format(*listener.getsockname()[:2]))
        _run(server, listener)
        container.database().close()
        if engine.failure:
            raise CannotServe(str(engine.failure)) from engine.failure


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the folder: with two processes on it, each would take the other's work for abandoned."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotServe(f"another process serves from {folder} (PREDICTOR_DATA_DIR)") from None
        yield


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host}:{settings.port} (PREDICTOR_HOST, PREDICTOR_PORT)"
            raise CannotServe(f"cannot serve on {where}: {error.strerror}") from error
        yield listener


def _server(settings: Settings, container: Container, engine: Engine) -> uvicorn.Server:
    app = create_app(
        UseCases(
            submit_prediction=container.submit_prediction(),
            get_prediction=container.get_prediction(),
            check_health=container.check_health(),
        ),
        version=version("ml-prediction-system"),
        limits=HttpLimits(settings.max_image_bytes, timedelta(seconds=settings.receive_timeout_seconds)),
        lifespan=_with_engine(engine, lambda: stop()),
    )
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE_SECONDS)
    )

    def stop() -> None:
        server.should_exit = True

    return server


def _with_engine(
    engine: Engine, on_failure: Callable[[], None]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        engine.start(on_failure)
        yield
        await to_thread.run_sync(engine.stop)

    return lifespan


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    # Uvicorn raises the signal that stopped it once more when it is done; the process then still has to
    # close the database and to exit with 0.
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, lambda *_: None)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
