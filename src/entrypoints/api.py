"""The HTTP API by itself: accepts pictures and answers for them; the workers classify."""

import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from multiprocessing import parent_process
from multiprocessing.connection import wait

import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from adapters.observability.logs import configure_logging
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.publisher import RabbitMQJobPublisher
from entrypoints.container import Container
from entrypoints.http_server import listening, make_app, release_waiting_on_signal, run, server_config, url_of
from entrypoints.settings import Settings


def serve_api(settings: Settings, workers: int, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: what to serve and where.
        workers: processes that share the address; a dead one is replaced.
        announce: called with the server's URL once it listens.

    Raises:
        CannotServe: the address is taken.
        InvalidSettings: no broker or no server database is given.
    """
    settings.check_for_production()
    with listening(settings) as listener:
        announce(url_of(listener))
        if workers == 1:
            run(uvicorn.Server(server_config(_app(settings))), listener)
        else:
            config = server_config("entrypoints.api:create", workers)
            Multiprocess(config, sockets=[listener]).run()


def create() -> FastAPI:
    """What each of several processes serves; it reads the settings anew."""
    settings = Settings.load()
    configure_logging(settings.log_level)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    return _app(settings)


def _end_with_parent() -> None:
    """Stop when the process that started us is gone, however it went: nobody else could, and we hold its address."""
    if parent := parent_process():
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _app(settings: Settings) -> FastAPI:
    container = Container(settings=settings)
    publisher, feed = container.publisher(), container.completion_feed()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        release_waiting_on_signal(app)
        publisher.start()
        feed.start()
        yield
        await to_thread.run_sync(_stop, container, publisher, feed)

    return make_app(container, container.check_api(), lifespan)


def _stop(container: Container, publisher: RabbitMQJobPublisher, feed: RabbitMQCompletionFeed) -> None:
    container.stopping().set()
    publisher.stop()
    feed.stop()
    container.database().close()
