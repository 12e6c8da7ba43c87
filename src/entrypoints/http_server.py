"""The HTTP server that `predictor serve` and `predictor api` have in common."""

import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from types import FrameType
from typing import Any

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from adapters.http.app import Lifespan, Protection, create_app
from adapters.http.routes.health import health_routes
from adapters.http.routes.web_page import page_routes
from adapters.http.server.connection_guard import ConnectionGuard
from adapters.http.server.protocol import GuardedProtocol
from adapters.http.waiting.long_polling import ResultWaiters
from adapters.lifecycle.part import Parts
from application.look_up.check_health import CheckHealth
from application.ports.health_check import HealthCheck
from domain.errors import DatabaseUnavailable
from entrypoints.container import Container
from entrypoints.settings import Settings

_log = logging.getLogger(__name__)

# Time that a stopping server gives to requests in progress.
_GRACE_SECONDS = 10
# Connections that the kernel queues while the server accepts others.
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


def require_key(container: Container) -> None:
    """Refuse to serve where requests need a key and there is none.

    Raises:
        CannotServe: there is no valid key.
    """
    settings = container.settings()
    if not settings.needs_keys:
        return
    try:
        now = container.clock().now()
        if any(key.is_active_at(now) for key in container.access().list.execute(None)):
            return
    except DatabaseUnavailable as problem:
        _log.warning("API keys not looked at", extra={"problem": problem.message})
        return
    raise CannotServe(
        "there is no API key: run `predictor keys create`, or set PREDICTOR_ACCESS=open "
        f"if only those who may do everything can reach {settings.host} (PREDICTOR_HOST)"
    )


def url_of(listener: socket.socket) -> str:
    """URL of the server for a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def make_app(container: Container, parts: Parts, *more_checks: HealthCheck) -> FastAPI:
    """The HTTP interface over the container's use cases, with `parts` running behind it.

    Args:
        parts: started before the first request and stopped after the last one.
        more_checks: what this process needs to be ready, beside what every one needs.
    """
    needed = (container.database_health(), container.schema_health(), container.messaging().publisher)
    told = [parts, container.clock(), container.disk_space()]
    health = CheckHealth(checks=[*needed, container.image_store(), *more_checks], background=told)
    authenticate = container.access().authenticator.authenticate if container.settings().needs_keys else None
    product_version, limits = version("ml-prediction-system"), container.http_limits()
    return create_app(
        [*container.routers(), health_routes(health), page_routes(limits, product_version)],
        busiest=container.submit_router(),
        version=product_version,
        protection=Protection(authenticate, container.settings().browser_rules),
        lifespan=_running(parts, container.result_waiters()),
    )


def _running(parts: Parts, waiters: ResultWaiters) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        _release_on_signal(waiters)
        try:
            parts.start()
            yield
        finally:
            await to_thread.run_sync(parts.stop)

    return lifespan


def _release_on_signal(waiters: ResultWaiters) -> None:
    """Answer waiting clients as soon as a signal asks the server to stop; it would wait for their answers.

    To be called when Uvicorn has installed its own handlers, which still do their part.
    """
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, partial(_release, waiters, signal.getsignal(stopping)))


def _release(waiters: ResultWaiters, then: Any, number: int, frame: FrameType | None) -> None:
    waiters.close()
    then(number, frame)


def server_config(app: FastAPI | str, settings: Settings, workers: int = 1) -> uvicorn.Config:
    """Uvicorn's configuration for `app`: an application, or the import path of a function that makes it."""
    guarded: Any = partial(GuardedProtocol, guard=ConnectionGuard(settings.connection_limits))
    return uvicorn.Config(
        app,
        http=guarded,
        ws="none",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxy_list),
        forwarded_allow_ips=settings.trusted_proxy_list,
        factory=isinstance(app, str),
        workers=workers,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def run(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT."""
    # Uvicorn raises the signal that stopped it once more when it is done; the process then still has to
    # close the database and to exit with 0.
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, lambda *_: None)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
