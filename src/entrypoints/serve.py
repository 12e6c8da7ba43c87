"""`predictor serve`: API and engine in one process, everything in one folder."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from filelock import FileLock, Timeout

from adapters.lifecycle.part import Parts
from adapters.sql.schema.migrate import migrate
from application.upkeep.prepare_image_store import ImageStoreLost, ImageStoreState
from domain.errors import ImageStoreUnavailable
from entrypoints.container import Container
from entrypoints.http_server import CannotServe, listening, make_app, require_key, run, server_config, url_of
from entrypoints.settings import Settings
from entrypoints.upkeep import close_databases, engine_and_upkeep, http_upkeep

_log = logging.getLogger(__name__)

# Interval of looking for predictions whose attempt was given up. Leases last longer, so it need not be exact.
_RECOVERY_SECONDS = 15.0


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: of the service.
        announce: called with the server's URL once it listens.

    Raises:
        CannotServe: the folder is in use, the address is taken, there is no API key, or the model cannot be loaded.
        PredictorError: the database or the image store cannot be used.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with only_one(settings.data_dir), listening(settings) as listener:
        container = Container(settings=settings.for_embedded())
        migrate(settings.database)
        require_key(container)
        prepare_image_store(container)
        container.recover_stalled().execute(engines_are_gone=True)
        server = uvicorn.Server(server_config(embedded_app(container), settings))
        announce(url_of(listener))
        run(server, listener)
        if failure := container.engine().load_failure:
            raise CannotServe(str(failure)) from failure


def prepare_image_store(container: Container) -> None:
    """Set up the image store unless it is. An object store that is away is left to the time when it is back.

    Raises:
        ImageStoreLost: the store is empty although the database has predictions.
        ImageStoreUnavailable: the folder cannot be used.
    """
    location, prepare = container.image_store().location, container.prepare_image_store()
    try:
        state = prepare.execute()
    except ImageStoreUnavailable as problem:
        if isinstance(problem, ImageStoreLost) or container.settings().image_store_scheme == "file":
            raise
        _log.warning("image store not looked at", extra={"location": location, "problem": problem.message})
        return
    if state is not ImageStoreState.READY:
        _log.info("image store set up", extra={"location": location, "state": state.name.lower()})


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder: with two processes on it, each would take the other's work for abandoned."""
    # A soft lock would outlive a killed process.
    lock = FileLock(folder / "lock", blocking=False, fallback_to_soft=False)
    try:
        held = lock.acquire()
    except Timeout:
        raise CannotServe(f"another process serves from {folder} (PREDICTOR_DATA_DIR)") from None
    with held:
        yield


def embedded_app(container: Container) -> FastAPI:
    """The HTTP interface with the engine behind it. Nothing is started before it is served."""
    return make_app(container, embedded_parts(container), container.engine())


def embedded_parts(container: Container) -> Parts:
    """The parts of the process, in the order in which they start."""
    parts = [container.clock_loop(), http_upkeep(container), *engine_and_upkeep(container, _RECOVERY_SECONDS)]
    return Parts(container.stopping(), partial(close_databases, container), parts)
