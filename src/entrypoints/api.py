"""`predictor api`: the HTTP API without an engine; workers classify."""

from collections.abc import Callable
from functools import partial
from multiprocessing import parent_process

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from adapters.lifecycle.part import Part, Parts
from adapters.observability.logs import configure_logging
from adapters.runners.parent_watch import ParentWatch
from entrypoints.container import Container
from entrypoints.http_server import listening, make_app, require_key, run, server_config, url_of
from entrypoints.settings import Settings
from entrypoints.upkeep import close_databases, http_upkeep


def serve_api(settings: Settings, workers: int, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: of the service.
        workers: number of processes that share the address; a dead one is replaced.
        announce: called with the server's URL once it listens.

    Raises:
        CannotServe: the address is taken, or there is no API key.
        InvalidSettings: no broker or no server database is given.
    """
    settings.check_for_production()
    with listening(settings) as listener:
        container = Container(settings=settings)
        require_key(container)
        announce(url_of(listener))
        if workers == 1:
            run(uvicorn.Server(server_config(_app(container), settings)), listener)
        else:
            close_databases(container)  # each process opens its own
            config = server_config("entrypoints.api:create", settings, workers)
            Multiprocess(config, sockets=[listener]).run()


def create() -> FastAPI:
    """The application of one of several processes; it reads the settings anew."""
    settings = Settings.load()
    configure_logging(settings.log_level)
    parent = parent_process()
    assert parent is not None  # this is called in the processes that `serve_api` starts
    return _app(Container(settings=settings), ParentWatch(int(parent.sentinel)))


def _app(container: Container, *first: Part) -> FastAPI:
    return make_app(container, api_parts(container, *first))


def api_parts(container: Container, *first: Part) -> Parts:
    """The parts of an API process, in the order in which they start."""
    parts = [*first, container.clock_loop(), http_upkeep(container), *container.messaging().api_parts]
    return Parts(container.stopping(), partial(close_databases, container), parts)
