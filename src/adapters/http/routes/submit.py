"""Endpoint to submit a picture."""

from dataclasses import replace
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.access.admission import admit
from adapters.http.access.caller import caller_of
from adapters.http.requests.request_batching import RequestBatcher
from adapters.http.requests.request_bodies import BodyReceipt, RequestBodies
from adapters.http.requests.request_errors import BodyTooLarge
from adapters.http.requests.submit_body import command_from_image, command_from_json
from adapters.http.requests.wait_preference import preferred_wait
from adapters.http.responses.prediction_json import prediction_response
from adapters.http.schemas.openapi import PREFER, WAIT, described_by, problems, submission_body
from adapters.http.schemas.prediction import PredictionBody
from adapters.http.waiting.long_polling import ResultWaiters
from application.accept.command import SubmitPredictionCommand
from application.accept.submit_prediction import SubmitPrediction
from application.admission.gate import SubmissionGate
from application.ports.database.predictions import OwnedUuid
from domain.errors import ImageTooLarge, PredictionNotFound, Unavailable
from domain.idempotency import IdempotencyKey
from domain.prediction import Prediction

_LOCATION = {"Location": {"description": "URL of the prediction.", "schema": {"type": "string"}}}
_SUBMIT_RESPONSES = {
    200: {"model": PredictionBody, "headers": _LOCATION, "description": "The prediction is final already."},
    202: {"model": PredictionBody, "headers": _LOCATION, "description": "Accepted: the picture is on disk."},
    **problems(
        {
            400: "The body is not JSON.",
            408: "The headers or the body did not arrive in time.",
            413: "The body or the image is too large.",
            415: "The data is not an image that this service takes.",
            **WAIT,
            422: "A field, or the image, is not valid, or the `Idempotency-Key` was used for another submission.",
            507: "The image store is full.",
        }
    ),
}

# While one batch waits for the disk, the next one writes to the database.
_THREADS = 2
# Pictures that are stored together: in a larger batch the first ones would only wait longer for the others.
_MAX_BATCH = 32
# A body takes a few reads, and clients that got their results together send their next pictures together.
_ROUNDS = 4


def submit_routes(
    use_case: SubmitPrediction, gate: SubmissionGate, waiting: ResultWaiters, bodies: RequestBodies
) -> APIRouter:
    """`POST /inference/image`."""
    router = APIRouter(tags=["predictions"])
    batcher: RequestBatcher[SubmitPredictionCommand, Prediction] = RequestBatcher(
        use_case.execute_all, "submit", threads=_THREADS, max_batch=_MAX_BATCH, rounds=_ROUNDS
    )

    async def submit(request: Request) -> Prediction:
        async with _received(request, bodies) as body:
            return await batcher.ask(await bodies.parse(partial(_parse, body, request), len(body)))

    @router.post(
        "/inference/image",
        status_code=202,
        responses=_SUBMIT_RESPONSES,
        openapi_extra=submission_body(PREFER),
        **described_by(SubmitPrediction),
    )
    async def submit_image(request: Request) -> Response:
        wait = preferred_wait(request.headers.get("prefer", ""), bodies.limits.max_wait.total_seconds())
        headers = await admit(gate, request, size=_image_size(request))
        waiting.start()
        prediction = await submit(request)
        headers["Location"] = f"{request.scope.get('root_path', '')}/predictions/{prediction.uuid}"
        if wait is not None and not waiting.places.waits.are_taken:
            headers["Preference-Applied"] = f"wait={wait:g}"
            prediction = await _wait(waiting, prediction, wait)
        return prediction_response(prediction, status=200 if prediction.status.is_final else 202, headers=headers)

    return router


def _is_image(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("image/")


def _image_size(request: Request) -> float | None:
    """Size of the picture in bytes, as far as the headers tell; base64 makes four bytes of three."""
    declared = request.headers.get("content-length", "")
    return int(declared) * (1 if _is_image(request) else 0.75) if declared.isdecimal() else None


def _received(request: Request, bodies: RequestBodies) -> BodyReceipt:
    limits = bodies.limits
    if _is_image(request):
        too_large = ImageTooLarge(f"The image is larger than {limits.max_image_bytes} bytes.")
        return bodies.received(request, limits.max_image_bytes, too_large)
    return bodies.received(request, limits.max_json_bytes, BodyTooLarge())


def _parse(body: bytes, request: Request) -> SubmitPredictionCommand:
    caller, key = caller_of(request), request.headers.get(IdempotencyKey.HEADER)
    if _is_image(request):
        command = command_from_image(body, request.query_params, caller)
    else:
        command = command_from_json(body, caller)
    return command if key is None else replace(command, idempotency_key=IdempotencyKey(key))


async def _wait(waiting: ResultWaiters, accepted: Prediction, seconds: float) -> Prediction:
    """Wait for the result; if that fails, return the accepted prediction, so that the client gets its uuid."""
    try:
        return await waiting.wait_until_final(OwnedUuid(accepted.owner, accepted.uuid), seconds, accepted)
    except (Unavailable, PredictionNotFound):
        return accepted
