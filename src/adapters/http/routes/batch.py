"""Endpoint to submit several pictures in one request."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.access.admission import admit
from adapters.http.access.caller import caller_of
from adapters.http.requests.batch_body import commands_from_json, invalid_entries
from adapters.http.requests.request_bodies import RequestBodies
from adapters.http.requests.request_errors import BodyTooLarge
from adapters.http.responses.prediction_json import render_batch
from adapters.http.schemas.collections import BatchBody
from adapters.http.schemas.openapi import WAIT, batch_body, described_by, problems
from application.accept.command import SubmitPredictionCommand
from application.accept.pipeline import PicturesRefused
from application.accept.submit_predictions import SubmitPredictions
from application.admission.gate import SubmissionGate

_PROBLEMS = problems(
    {
        400: "The body is not JSON.",
        408: "The headers or the body did not arrive in time.",
        413: "The body is too large.",
        **WAIT,
        422: "A field, or at least one of the images, is not valid; `errors` tells which.",
        507: "The image store is full.",
    }
)


def batch_routes(use_case: SubmitPredictions, gate: SubmissionGate, bodies: RequestBodies) -> APIRouter:
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
        headers = await admit(gate, request)
        async with bodies.received(request, bodies.limits.max_batch_bytes, BodyTooLarge()) as body:
            commands = await bodies.parse(partial(commands_from_json, body, caller_of(request)), len(body))
            if len(commands) > 1:
                size = sum(len(command.image) for command in commands) / len(commands)
                headers = await admit(gate, request, len(commands) - 1, size)
            content = await run_in_threadpool(_submit, use_case, commands)
        return Response(content, status_code=202, headers=headers, media_type="application/json")

    return router


def _submit(use_case: SubmitPredictions, commands: Sequence[SubmitPredictionCommand]) -> bytes:
    try:
        return render_batch(use_case.execute(commands))
    except PicturesRefused as refused:
        raise invalid_entries(refused.reasons) from None
