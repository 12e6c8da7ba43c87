"""Endpoint for the length of the queue and the number of workers."""

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from adapters.http.schemas.openapi import described_by, problems
from adapters.http.schemas.status import QueueBody
from application.look_up.get_queue import GetQueue

_PROBLEMS = problems({503: "The queue is not available; `Retry-After` gives the seconds to wait."})


def queue_routes(use_case: GetQueue) -> APIRouter:
    """`GET /queue`."""
    router = APIRouter(tags=["queue"])

    @router.get("/queue", responses={200: {"model": QueueBody}, **_PROBLEMS}, **described_by(GetQueue))
    async def get_queue() -> Response:
        reading = await run_in_threadpool(use_case.execute)
        content = orjson.dumps({"waiting": reading.waiting, "workers": reading.workers})
        return Response(content, media_type="application/json")

    return router
