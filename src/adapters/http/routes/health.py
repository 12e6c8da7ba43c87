"""Endpoints for liveness and readiness."""

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.access.caller import may_see_state
from adapters.http.schemas.openapi import OPEN, described_by
from adapters.http.schemas.status import ReadinessBody, StatusBody
from application.look_up.check_health import CheckHealth


def health_routes(use_case: CheckHealth) -> APIRouter:
    """`GET /health/live` and `GET /health/ready`."""
    router = APIRouter(tags=["health"])

    @router.get(
        "/health/live",
        summary="Liveness: touches nothing",
        responses={200: {"model": StatusBody}},
        openapi_extra=OPEN,
    )
    async def get_liveness() -> Response:
        return _json({"status": "ok"})

    @router.get(
        "/health/ready",
        responses={200: {"model": ReadinessBody}, 503: {"model": ReadinessBody, "description": "A part is missing."}},
        openapi_extra=OPEN,
        **described_by(CheckHealth),
    )
    async def get_readiness(request: Request) -> Response:
        found = await run_in_threadpool(use_case.execute)
        checks = {name: problem.message if problem else "ok" for name, problem in found.parts.items()}
        content: dict[str, Any] = {"status": "ready" if found.is_ready else "unavailable"}
        if may_see_state(request):
            content["checks"] = checks
        return _json(content, status=200 if found.is_ready else 503)

    return router


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")
