"""Endpoints to look up a prediction and to follow its states."""

from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.http.access.caller import owned_uuid
from adapters.http.requests.http_limits import HttpLimits
from adapters.http.requests.request_errors import TooManyStreams
from adapters.http.requests.wait_preference import queried_wait
from adapters.http.responses.prediction_json import prediction_response
from adapters.http.schemas.openapi import described_by, event_stream, problems
from adapters.http.schemas.prediction import PredictionBody
from adapters.http.waiting.long_polling import ResultWaiters
from adapters.http.waiting.server_sent_events import event_id, stream_events
from application.look_up.get_prediction import GetPrediction

_PROBLEMS = {404: "There is no prediction with this uuid."}
_WAIT = (
    "Seconds to wait for a final state; the answer comes with the final state or when the time is over, and at once "
    "while too many clients wait."
)
_SEEN = "The id of the last event that the client received; it is not repeated."
_EVENTS = """\
Server-sent events named `queued`, `processing`, `succeeded`, `failed` and `canceled`, each with the prediction as its
data. The first event is the present state, so none is missed; a final state ends the stream. Comments keep the
connection alive.
"""
_EVENT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": event_stream(PredictionBody), "description": "The events."},
    204: {"description": "No more events: the client has received the final one."},
    **problems({**_PROBLEMS, 503: "There are too many streams, or a part of the service is not available."}),
}


class EventStream(StreamingResponse):
    """A response of server-sent events."""

    media_type = "text/event-stream"


def prediction_routes(waiting: ResultWaiters, limits: HttpLimits) -> APIRouter:
    """`GET /predictions/{uuid}` and `GET /predictions/{uuid}/events`."""
    router = APIRouter(tags=["predictions"])
    cap = limits.max_wait.total_seconds()

    @router.get(
        "/predictions/{uuid}",
        responses={
            200: {"model": PredictionBody},
            **problems({**_PROBLEMS, 422: "The time to wait is not a number of seconds."}),
        },
        **described_by(GetPrediction),
        openapi_extra={"parameters": [_wait_parameter(cap)]},
    )
    async def get_prediction(uuid: str, request: Request) -> Response:
        seconds, wanted = queried_wait(request.query_params.get("wait"), cap), owned_uuid(request, uuid)
        found = await (waiting.wait_until_final(wanted, seconds) if seconds else waiting.lookup.get(wanted))
        return prediction_response(found)

    @router.get(
        "/predictions/{uuid}/events",
        responses=_EVENT_RESPONSES,
        response_class=Response,  # EventStream's media type would be documented as one string
        summary="Follow a prediction as it changes",
        description=_EVENTS,
    )
    async def get_events(
        uuid: str, request: Request, last_event_id: Annotated[str, Header(description=_SEEN)] = ""
    ) -> Response:
        first = await waiting.lookup.get(owned_uuid(request, uuid))
        if first.status.is_final and event_id(first) == last_event_id:
            return Response(status_code=204)
        if waiting.places.streams.are_taken:
            raise TooManyStreams
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return EventStream(stream_events(first, last_event_id, waiting), headers=headers)

    return router


def _wait_parameter(cap: float) -> dict[str, object]:
    schema = {"type": "number", "minimum": 0, "default": 0}
    return {"name": "wait", "in": "query", "description": f"{_WAIT} At most {cap:g}.", "schema": schema}
