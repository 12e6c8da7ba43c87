"""Submitting pictures and looking their predictions up."""

from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.body import read_body
from adapters.http.errors import BodyTooLarge
from adapters.http.limits import HttpLimits
from adapters.http.openapi import description_of, problems, submission_body, summary_of
from adapters.http.rendering import render_prediction
from adapters.http.schemas import PredictionBody
from adapters.http.submission import command_from_image, command_from_json
from application.get_prediction import GetPrediction
from application.submit_prediction import SubmitPrediction
from domain.errors import ImageTooLarge, PredictionNotFound
from domain.idempotency import IdempotencyKey
from domain.prediction import Prediction

_LOCATION = {"Location": {"description": "Where the prediction is found.", "schema": {"type": "string"}}}
_SUBMIT_PROBLEMS = problems(
    {
        400: "The body is not JSON.",
        408: "The body did not arrive in time.",
        413: "The body or the image is too large.",
        415: "The data is not an image that this service takes.",
        422: "A field, or the image, is not valid, or the `Idempotency-Key` was used for another submission.",
        503: "A part of the service is away; `Retry-After` says when to try again.",
        507: "The image store is full.",
    }
)
_GET_PROBLEMS = problems(
    {
        404: "There is no prediction with this uuid.",
        503: "A part of the service is away; `Retry-After` says when to try again.",
    }
)


def submit_routes(use_case: SubmitPrediction, limits: HttpLimits) -> APIRouter:
    """`POST /inference/image`."""
    router = APIRouter(tags=["predictions"])

    @router.post(
        "/inference/image",
        status_code=202,
        responses={
            200: {"model": PredictionBody, "headers": _LOCATION, "description": "It is final already."},
            202: {"model": PredictionBody, "headers": _LOCATION, "description": "It waits for an engine."},
            **_SUBMIT_PROBLEMS,
        },
        openapi_extra=submission_body(),
        summary=summary_of(SubmitPrediction),
        description=description_of(SubmitPrediction),
    )
    async def submit_image(request: Request) -> Response:
        is_image = request.headers.get("content-type", "").lower().startswith("image/")
        body = await _read(request, limits, is_image=is_image)
        query = request.query_params if is_image else None
        key = request.headers.get(IdempotencyKey.HEADER)
        prediction = await run_in_threadpool(_submit, use_case, body, query, key)
        location = f"{request.scope.get('root_path', '')}/predictions/{prediction.uuid}"
        return _json(prediction, status=200 if prediction.status.is_final else 202, headers={"Location": location})

    return router


def get_routes(use_case: GetPrediction) -> APIRouter:
    """`GET /predictions/{uuid}`."""
    router = APIRouter(tags=["predictions"])

    @router.get(
        "/predictions/{uuid}",
        responses={200: {"model": PredictionBody}, **_GET_PROBLEMS},
        summary=summary_of(GetPrediction),
        description=description_of(GetPrediction),
    )
    async def get_prediction(uuid: str) -> Response:
        prediction = await run_in_threadpool(use_case.execute, _parse_uuid(uuid))
        return _json(prediction, status=200)

    return router


async def _read(request: Request, limits: HttpLimits, *, is_image: bool) -> bytes:
    if is_image:
        too_large = ImageTooLarge(f"The image is larger than {limits.max_image_bytes} bytes.")
        return await read_body(request, limits.max_image_bytes, limits, too_large)
    return await read_body(request, limits.max_json_bytes, limits, BodyTooLarge())


def _submit(use_case: SubmitPrediction, body: bytes, query: QueryParams | None, key: str | None) -> Prediction:
    """Parsing happens here, in a thread, too: a hostile body must not hold up the event loop."""
    command = command_from_json(body) if query is None else command_from_image(body, query)
    if key is not None:
        command = replace(command, idempotency_key=IdempotencyKey(key))
    return use_case.execute(command)


def _parse_uuid(text: str) -> UUID:
    """A malformed uuid is as unknown as any other that was never given out."""
    try:
        uuid = UUID(text)
    except ValueError:
        raise PredictionNotFound from None
    if str(uuid) != text.lower():  # braces, urn:uuid: and missing hyphens are no address of ours
        raise PredictionNotFound
    return uuid


def _json(prediction: Prediction, *, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(render_prediction(prediction), status_code=status, headers=headers, media_type="application/json")
