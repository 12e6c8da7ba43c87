"""Endpoint to submit several pictures in one request."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.requests.batch_body import commands_from_json, invalid_entries
from adapters.http.requests.body_size_limit import read_body
from adapters.http.requests.http_limits import HttpLimits
from adapters.http.requests.request_errors import BodyTooLarge
from adapters.http.responses.prediction_json import render_batch
from adapters.http.schemas.collections import BatchBody
from adapters.http.schemas.openapi import batch_body, described_by, problems
from application.accept.pipeline import PicturesRefused
from application.accept.submit_predictions import SubmitPredictions

_PROBLEMS = problems(
    {
        400: "The body is not JSON.",
        408: "The body did not arrive in time.",
        413: "The body is too large.",
        422: "A field, or at least one of the images, is not valid; `errors` tells which.",
        507: "The image store is full, or the disk almost.",
    }
)


def batch_routes(use_case: SubmitPredictions, limits: HttpLimits) -> APIRouter:
    """`POST /inference/images`."""
    router = APIRouter(tags=["predictions"])

    @router.post(
        "/inference/images",
        status_code=202,
        responses={202: {"model": BatchBody}, **_PROBLEMS},
        openapi_extra=batch_body(),
        **described_by(SubmitPredictions),
    )
    async def submit_images(request: Request) -> Response:
        body = await read_body(request, limits.max_batch_bytes, limits, BodyTooLarge())
        content = await run_in_threadpool(_submit, use_case, body)
        return Response(content, status_code=202, media_type="application/json")

    return router


def _submit(use_case: SubmitPredictions, body: bytes) -> bytes:
    try:
        return render_batch(use_case.execute(commands_from_json(body)))
    except PicturesRefused as refused:
        raise invalid_entries(refused.reasons) from None
