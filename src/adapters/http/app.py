"""The FastAPI application."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route

from adapters.http.access.access_layer import AccessLayer, Authenticate
from adapters.http.browsers.browser_guard import BrowserGuard, BrowserRules
from adapters.http.browsers.cors import CrossOriginSharing
from adapters.http.edge_middleware import EdgeMiddleware
from adapters.http.responses.problem_json import add_error_handlers
from adapters.http.routes.docs import docs_routes
from adapters.http.routes.webhooks import webhook_messages
from adapters.http.schemas.openapi import DocumentedAPI

_DESCRIPTION = """\
Image classification: submit a picture, get a uuid at once, look up the label by uuid.

Every path answers with and without a trailing slash. Times are ISO 8601 in UTC. Every refusal is an
`application/problem+json` (RFC 9457) with a stable `code`. It never repeats the request, and a refused request
changes nothing.

The `Host` header has to be an address, `localhost` or a name from the settings; otherwise the answer is `421` with the
code `host_not_allowed`. A browser's request that changes something on behalf of a page of another origin is `403` with
the code `cross_site_request`, unless the settings allow that origin.
"""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True)
class Protection:
    """What a request needs to reach the endpoints.

    Args:
        authenticate: finds the caller of a key; None where no key is needed.
        browsers: the hosts that the service answers to, and the origins whose pages may use it.
    """

    authenticate: Authenticate | None = None
    browsers: BrowserRules = field(default_factory=BrowserRules)


_PROTECTION = Protection()


def create_app(
    routers: Sequence[APIRouter],
    *,
    busiest: APIRouter,
    version: str,
    protection: Protection = _PROTECTION,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Build the application from its endpoints.

    Args:
        routers: the endpoints, in the order of the documentation.
        busiest: one of `routers`, whose endpoints are called more often than all others.
        version: of the service, for the documentation.
        protection: what a request needs to reach the endpoints.
        lifespan: runs from the start of the server to its end.
    """
    app = DocumentedAPI(
        needs_keys=protection.authenticate is not None,
        title="ML Prediction System",
        version=version,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own pages load their scripts from the internet
        redoc_url=None,
    )
    app.add_middleware(AccessLayer, authenticate=protection.authenticate)
    if protection.browsers.origins:
        app.add_middleware(CrossOriginSharing, protection.browsers.origins)
    app.add_middleware(BrowserGuard, protection.browsers)
    app.add_middleware(EdgeMiddleware)
    add_error_handlers(app)
    app.router.routes.extend(_plain_routes(busiest))
    for router in (*routers, docs_routes()):
        app.include_router(router)
    app.webhooks.include_router(webhook_messages())
    return app


def _plain_routes(router: APIRouter) -> list[Route]:
    """Starlette routes to the endpoints of `router`; they come before the documented FastAPI routes and replace them.

    The endpoints read the request themselves. FastAPI's nested routers and dependency resolution, which they do not
    need, took 60 of the 78 microseconds of an empty answer.
    """
    documented = [route for route in router.routes if isinstance(route, APIRoute)]
    return [Route(r.path, r.endpoint, methods=list(r.methods or ()), include_in_schema=False) for r in documented]
