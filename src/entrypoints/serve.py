"""The embedded mode: API and engine in one process, everything in one folder."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from filelock import FileLock, Timeout

from adapters.http.app import Lifespan
from adapters.sql.schema.migrate import migrate
from entrypoints.container import Container
from entrypoints.http_server import (
    CannotServe,
    listening,
    make_app,
    release_waiting_on_signal,
    run,
    server_config,
    url_of,
)
from entrypoints.settings import Settings

# How often to look for predictions whose engine gave them up. Leases last longer, so it need not be exact.
_RECOVERY_SECONDS = 15.0
# How often to end what has expired in the queue: this is how late a client hears of it when no engine is free.
_EXPIRY_SECONDS = 2.0


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
    with _only_one(settings.data_dir), listening(settings) as listener:
        container = Container(settings=settings.for_embedded())
        migrate(settings.database)
        container.recover_stalled().execute(engines_are_gone=True)
        server = _server(container)
        announce(url_of(listener))
        run(server, listener)
        container.database().close()
        if failure := container.engine().failure:
            raise CannotServe(str(failure)) from failure


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the folder: with two processes on it, each would take the other's work for abandoned."""
    # A soft lock would outlive a killed process.
    lock = FileLock(folder / "lock", blocking=False, fallback_to_soft=False)
    try:
        held = lock.acquire()
    except Timeout:
        raise CannotServe(f"another process serves from {folder} (PREDICTOR_DATA_DIR)") from None
    with held:
        yield


def _server(container: Container) -> uvicorn.Server:
    def stop() -> None:
        server.should_exit = True

    app = make_app(container, container.check_embedded(), _with_engine(container, on_failure=stop))
    server = uvicorn.Server(server_config(app))
    return server


def _with_engine(container: Container, on_failure: Callable[[], None]) -> Lifespan:
    engine, housekeeping, webhook_dispatcher = (
        container.engine(),
        container.housekeeping(),
        container.webhook_dispatcher(),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        release_waiting_on_signal(app)
        engine.start(on_failure)
        housekeeping.every(
            _RECOVERY_SECONDS, container.recover_stalled().execute, "stalled predictions were queued again"
        )
        housekeeping.every(_EXPIRY_SECONDS, container.expire_jobs().execute, "predictions expired in the queue")
        webhook_dispatcher.start()
        yield
        await to_thread.run_sync(engine.stop)
        await to_thread.run_sync(webhook_dispatcher.stop)
        await to_thread.run_sync(housekeeping.stop)

    return lifespan
