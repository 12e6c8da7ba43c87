"""Endpoint for the webhook deliveries of a prediction, and documentation of the webhook message."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.access.caller import owned_uuid
from adapters.http.schemas.openapi import described_by, problems, reference
from adapters.http.schemas.prediction import PredictionBody
from application.look_up.get_webhook_deliveries import GetWebhookDeliveries
from domain.webhooks.webhook import WebhookEvent
from domain.webhooks.webhook_delivery import DeliveryAttempt, DeliveryState, WebhookDelivery

_PROBLEMS = problems({404: "There is no prediction with this uuid."})

_MESSAGE = """\
Posted to the `webhook` of a submission, by the [Standard Webhooks](https://www.standardwebhooks.com) specification. The
body is what `GET /predictions/{uuid}` answers. It is sent until the receiver answers 2xx, by default at most ten
times in three days; a redirect is not followed.
"""


class AttemptBody(BaseModel):
    """One attempt to deliver a webhook."""

    number: int
    started_at: datetime
    finished_at: Annotated[datetime | None, Field(description="null while it is running, and if it was interrupted.")]
    status: Annotated[int | None, Field(description="HTTP status of the receiver's answer.", examples=[204])]
    error: Annotated[str | None, Field(description="Reason if there was no answer.", examples=["timed_out"])]


class DeliveryBody(BaseModel):
    """Delivery of one event to the webhook."""

    id: Annotated[str, Field(description="The header `webhook-id`, the same at every attempt.")]
    event: WebhookEvent
    state: DeliveryState
    created_at: datetime
    next_attempt_at: Annotated[datetime | None, Field(description="Time of the next attempt; null if there is none.")]
    attempts: Annotated[list[AttemptBody], Field(description="The oldest first.")]


class DeliveriesBody(BaseModel):
    """Webhook deliveries of a prediction."""

    webhooks: Annotated[list[DeliveryBody], Field(description="The oldest first.")]


def webhook_routes(use_case: GetWebhookDeliveries) -> APIRouter:
    """`GET /predictions/{uuid}/webhooks`."""
    router = APIRouter(tags=["predictions"])

    @router.get(
        "/predictions/{uuid}/webhooks",
        responses={200: {"model": DeliveriesBody}, **_PROBLEMS},
        **described_by(GetWebhookDeliveries),
    )
    async def get_webhooks(uuid: str, request: Request) -> Response:
        deliveries = await run_in_threadpool(use_case.execute, *owned_uuid(request, uuid))
        content = orjson.dumps({"webhooks": [_delivery(d) for d in deliveries]}, option=orjson.OPT_UTC_Z)
        return Response(content, media_type="application/json")

    return router


def webhook_messages() -> APIRouter:
    """Documentation of the message that is posted to webhooks; serves no requests."""
    router = APIRouter(tags=["predictions"])

    @router.post("prediction", summary="A prediction is final", description=_MESSAGE, openapi_extra=_message())
    async def receive_prediction() -> None: ...

    return router


def _message() -> dict[str, Any]:
    headers = {
        "webhook-id": "The same at every attempt.",
        "webhook-timestamp": "Unix time of the attempt.",
        "webhook-signature": "`v1,` and the base64 of an HMAC-SHA256, one for each secret.",
    }
    string = {"type": "string"}
    return {
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": meaning, "schema": string}
            for name, meaning in headers.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference(PredictionBody)}}},
        "responses": {"200": {"description": "Any status of 2xx: delivered."}, "410": {"description": "Stop sending."}},
    }


def _delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "event": delivery.event,
        "state": delivery.state,
        "created_at": delivery.created_at,
        "next_attempt_at": delivery.due_at,
        "attempts": [_attempt(attempt) for attempt in delivery.attempts],
    }


def _attempt(attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "started_at": attempt.started_at,
        "finished_at": attempt.finished_at,
        "status": attempt.outcome.status,
        "error": attempt.outcome.error,
    }
