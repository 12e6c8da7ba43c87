"""The FastAPI application."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route

from adapters.http.edge_middleware import Edge
from adapters.http.responses.problem_json import add_error_handlers
from adapters.http.routes.docs import docs_routes
from adapters.http.routes.webhooks import webhook_messages
from adapters.http.schemas.openapi import DocumentedAPI

_DESCRIPTION = """\
A picture in, a uuid at once, the label by uuid.

Every path answers with and without a trailing slash. Times are ISO 8601 in UTC. Every refusal is an
`application/problem+json` (RFC 9457) whose `code` is stable and which never repeats what was sent; nothing
refused leaves anything behind.
"""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]


def create_app(
    routers: Sequence[APIRouter], *, busiest: APIRouter, version: str, lifespan: Lifespan | None = None
) -> FastAPI:
    """The HTTP interface.

    Args:
        routers: the endpoints, in the order of the documentation.
        busiest: one of them, whose endpoints are called more often than all others.
        version: of the service, for the documentation.
        lifespan: runs from the start of the server to its end.
    """
    app = DocumentedAPI(
        title="ML Prediction System",
        version=version,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own pages load their scripts from the internet
        redoc_url=None,
    )
    app.add_middleware(Edge)
    add_error_handlers(app)
    app.router.routes.extend(_plain_routes(busiest))
    for router in (*routers, docs_routes()):
        app.include_router(router)
    app.webhooks.include_router(webhook_messages())
    return app


def _plain_routes(router: APIRouter) -> list[Route]:
    """The endpoints of `router` without FastAPI around them; the documented routes, behind them, are never reached.

    The endpoints read the request themselves. FastAPI's way to them, through nested routers and dependencies that they
    do not have, took 60 of the 78 microseconds that an empty answer takes.
    """
    documented = [route for route in router.routes if isinstance(route, APIRoute)]
    return [Route(r.path, r.endpoint, methods=list(r.methods or ()), include_in_schema=False) for r in documented]
