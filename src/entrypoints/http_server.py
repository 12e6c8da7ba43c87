"""The HTTP server that `predictor serve` and `predictor api` have in common."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from adapters.http.app import Lifespan, UseCases, create_app
from adapters.http.requests.limits import HttpLimits
from application.look_up.check_health import CheckHealth
from entrypoints.container import Container
from entrypoints.settings import Settings

# How long a stopping server waits for answers that are under way.
_GRACE_SECONDS = 10
# Connections that the kernel keeps for a server that is busy accepting others.
_BACKLOG = 2048


class CannotServe(Exception):
    """The server cannot start or go on; the message says why in one line."""


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket at the address of the settings.

    Raises:
        CannotServe: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(_BACKLOG)
        except OSError as error:
            where = f"{settings.host}:{settings.port} (PREDICTOR_HOST, PREDICTOR_PORT)"
            raise CannotServe(f"cannot serve on {where}: {error.strerror}") from error
        yield listener


def url_of(listener: socket.socket) -> str:
    """What a browser needs to be told."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def make_app(container: Container, check_health: CheckHealth, lifespan: Lifespan) -> FastAPI:
    """The HTTP interface over the container's use cases."""
    settings = container.settings()
    return create_app(
        UseCases(
            submit_prediction=container.submit_prediction(),
            submit_predictions=container.submit_predictions(),
            get_prediction=container.get_prediction(),
            get_webhook_deliveries=container.get_webhook_deliveries(),
            get_image=container.get_image(),
            list_predictions=container.list_predictions(),
            cancel_prediction=container.cancel_prediction(),
            retry_prediction=container.retry_prediction(),
            delete_prediction=container.delete_prediction(),
            get_queue=container.get_queue(),
            check_health=check_health,
            completion_feed=container.completion_feed(),
        ),
        version=version("ml-prediction-system"),
        limits=HttpLimits(
            settings.max_image_bytes,
            timedelta(seconds=settings.receive_timeout_seconds),
            timedelta(seconds=settings.max_wait_seconds),
        ),
        lifespan=lifespan,
    )


def server_config(app: FastAPI | str, workers: int = 1) -> uvicorn.Config:
    """How Uvicorn serves `app`, an application or the import path of a function that makes it."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def release_waiting_on_signal(app: FastAPI) -> None:
    """Answer those who wait as soon as a signal asks the server to stop; it would wait for their answers.

    To be called when Uvicorn has installed its own handlers, which still do their part.
    """
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, partial(_release, app, signal.getsignal(stopping)))


def _release(app: FastAPI, then: Any, number: int, frame: FrameType | None) -> None:
    app.state.waiting.close()
    then(number, frame)


def run(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT."""
    # Uvicorn raises the signal that stopped it once more when it is done; the process then still has to
    # close the database and to exit with 0.
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, lambda *_: None)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
