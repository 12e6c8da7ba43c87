"""Endpoint to submit a picture."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.access.admission import admit
from adapters.http.access.caller import caller_of
from adapters.http.requests.body_size_limit import read_body
from adapters.http.requests.http_limits import HttpLimits
from adapters.http.requests.request_batching import RequestBatcher
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
from domain.access.caller import Caller
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
            408: "The body did not arrive in time.",
            413: "The body or the image is too large.",
            415: "The data is not an image that this service takes.",
            **WAIT,
            422: "A field, or the image, is not valid, or the `Idempotency-Key` was used for another submission.",
            507: "The image store is full, or the disk almost.",
        }
    ),
}

# While one batch waits for the disk and the database, the next one is parsed.
_THREADS = 2
# Pictures that are stored together: in a larger batch the first ones would only wait longer for the others.
_MAX_BATCH = 32
# A body takes a few reads, and clients that got their results together send their next pictures together.
_ROUNDS = 4


class _Received(NamedTuple):
    """A body, its sender, the query of an image body, and the `Idempotency-Key`."""

    body: bytes
    caller: Caller
    query: QueryParams | None
    key: str | None


def submit_routes(
    use_case: SubmitPrediction, gate: SubmissionGate, waiting: ResultWaiters, limits: HttpLimits
) -> APIRouter:
    """`POST /inference/image`."""
    router = APIRouter(tags=["predictions"])
    batcher: RequestBatcher[_Received, Prediction] = RequestBatcher(
        partial(_submit_all, use_case), "submit", threads=_THREADS, max_batch=_MAX_BATCH, rounds=_ROUNDS
    )

    @router.post(
        "/inference/image",
        status_code=202,
        responses=_SUBMIT_RESPONSES,
        openapi_extra=submission_body(PREFER),
        **described_by(SubmitPrediction),
    )
    async def submit_image(request: Request) -> Response:
        is_image = request.headers.get("content-type", "").lower().startswith("image/")
        headers = await admit(gate, request, size=_image_size(request, is_image=is_image))
        wait = preferred_wait(request.headers.get("prefer", ""), limits.max_wait.total_seconds())
        body = await _read(request, limits, is_image=is_image)
        query = request.query_params if is_image else None
        waiting.start()
        key = request.headers.get(IdempotencyKey.HEADER)
        prediction = await batcher.ask(_Received(body, caller_of(request), query, key))
        headers["Location"] = f"{request.scope.get('root_path', '')}/predictions/{prediction.uuid}"
        if wait is not None:
            headers["Preference-Applied"] = f"wait={wait:g}"
            prediction = await _wait(waiting, prediction, wait)
        return prediction_response(prediction, status=200 if prediction.status.is_final else 202, headers=headers)

    return router


def _image_size(request: Request, *, is_image: bool) -> float | None:
    """Size of the picture in bytes, as far as the headers tell; base64 makes four bytes of three."""
    declared = request.headers.get("content-length", "")
    return int(declared) * (1 if is_image else 0.75) if declared.isdecimal() else None


async def _read(request: Request, limits: HttpLimits, *, is_image: bool) -> bytes:
    if is_image:
        too_large = ImageTooLarge(f"The image is larger than {limits.max_image_bytes} bytes.")
        return await read_body(request, limits.max_image_bytes, limits, too_large)
    return await read_body(request, limits.max_json_bytes, limits, BodyTooLarge())


def _submit_all(use_case: SubmitPrediction, received: Sequence[_Received]) -> list[Prediction | Exception]:
    """Parse and submit a batch. Runs in a thread, because a hostile body must not block the event loop."""
    parsed = [_parse(each) for each in received]
    outcomes = iter(use_case.execute_all([command for command in parsed if not isinstance(command, Exception)]))
    return [command if isinstance(command, Exception) else next(outcomes) for command in parsed]


def _parse(received: _Received) -> SubmitPredictionCommand | Exception:
    body, caller, query, key = received
    try:
        command = command_from_json(body, caller) if query is None else command_from_image(body, query, caller)
        return command if key is None else replace(command, idempotency_key=IdempotencyKey(key))
    except Exception as error:
        return error


async def _wait(waiting: ResultWaiters, accepted: Prediction, seconds: float) -> Prediction:
    """Wait for the result; if that fails, return the accepted prediction, so that the client gets its uuid."""
    try:
        return await waiting.wait_until_final(OwnedUuid(accepted.owner, accepted.uuid), seconds, accepted)
    except (Unavailable, PredictionNotFound):
        return accepted
