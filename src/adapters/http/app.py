"""The FastAPI application."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route

from adapters.http.edge import Edge
from adapters.http.requests.limits import HttpLimits
from adapters.http.responses.problems import add_error_handlers
from adapters.http.routes.batch import batch_routes
from adapters.http.routes.docs import docs_routes
from adapters.http.routes.health import health_routes
from adapters.http.routes.image import image_routes
from adapters.http.routes.list import list_routes
from adapters.http.routes.manage import manage_routes
from adapters.http.routes.page import page_routes
from adapters.http.routes.prediction import lookup_routes
from adapters.http.routes.queue import queue_routes
from adapters.http.routes.submit import submit_routes
from adapters.http.routes.webhooks import webhook_messages, webhook_routes
from adapters.http.schemas.openapi import DocumentedAPI
from adapters.http.waiting.batched_lookup import BatchedLookup
from adapters.http.waiting.result_waiters import ResultWaiters
from application.accept.submit_prediction import SubmitPrediction
from application.accept.submit_predictions import SubmitPredictions
from application.look_up.check_health import CheckHealth
from application.look_up.get_image import GetImage
from application.look_up.get_prediction import GetPrediction
from application.look_up.get_queue import GetQueue
from application.look_up.get_webhook_deliveries import GetWebhookDeliveries
from application.look_up.list_predictions import ListPredictions
from application.manage.cancel_prediction import CancelPrediction
from application.manage.delete_prediction import DeletePrediction
from application.manage.retry_prediction import RetryPrediction
from application.ports.queue.completion_feed import CompletionFeed

_DESCRIPTION = """\
A picture in, a uuid at once, the label by uuid.

Every path answers with and without a trailing slash. Times are ISO 8601 in UTC. Every refusal is an
`application/problem+json` (RFC 9457) whose `code` is stable and which never repeats what was sent; nothing
refused leaves anything behind.
"""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the application can do, and where it tells what was done."""

    submit_prediction: SubmitPrediction
    submit_predictions: SubmitPredictions
    get_prediction: GetPrediction
    get_webhook_deliveries: GetWebhookDeliveries
    get_image: GetImage
    list_predictions: ListPredictions
    cancel_prediction: CancelPrediction
    retry_prediction: RetryPrediction
    delete_prediction: DeletePrediction
    get_queue: GetQueue
    check_health: CheckHealth
    completion_feed: CompletionFeed


def create_app(
    use_cases: UseCases, *, version: str, limits: HttpLimits | None = None, lifespan: Lifespan | None = None
) -> FastAPI:
    """The HTTP interface over `use_cases`.

    Args:
        version: the service's version, as `GET /` and the documentation tell it.
        limits: what a request may cost; `limits.max_image_bytes` has to be the use case's own limit.
        lifespan: what runs from the start of the server to its end.
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
    limits = limits or HttpLimits()
    waiting = app.state.waiting = ResultWaiters(BatchedLookup(use_cases.get_prediction.execute))
    use_cases.completion_feed.listen(waiting.heard)
    submit = submit_routes(use_cases.submit_prediction, waiting, limits)
    app.router.routes.extend(_plain_routes(submit))
    app.include_router(submit)
    app.include_router(lookup_routes(waiting, limits))
    app.include_router(webhook_routes(use_cases.get_webhook_deliveries))
    app.include_router(batch_routes(use_cases.submit_predictions, limits))
    app.include_router(list_routes(use_cases.list_predictions))
    app.include_router(image_routes(use_cases.get_image))
    app.include_router(
        manage_routes(use_cases.cancel_prediction, use_cases.retry_prediction, use_cases.delete_prediction)
    )
    app.webhooks.include_router(webhook_messages())
    app.include_router(queue_routes(use_cases.get_queue))
    app.include_router(health_routes(use_cases.check_health))
    app.include_router(page_routes(limits, version))
    app.include_router(docs_routes())
    return app


def _plain_routes(router: APIRouter) -> list[Route]:
    """What serves the busiest endpoint; the router's own route, behind it, documents it.

    The endpoint reads the request by itself. FastAPI's way to it, through nested routers and dependencies that it does
    not have, took 60 of the 78 microseconds that an empty answer takes.
    """
    documented = [route for route in router.routes if isinstance(route, APIRoute)]
    return [Route(r.path, r.endpoint, methods=list(r.methods or ()), include_in_schema=False) for r in documented]
