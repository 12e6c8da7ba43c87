"""Endpoint to list predictions."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.access.caller import caller_of
from adapters.http.requests.page_cursor import cursor_after, parse_cursor
from adapters.http.requests.validation import validate
from adapters.http.responses.prediction_json import render_page
from adapters.http.schemas.collections import ListQuery, PageBody
from adapters.http.schemas.openapi import described_by, problems, query_parameters
from application.look_up.list_predictions import ListPredictions, ListPredictionsCommand
from application.ports.database.predictions import Selection
from domain.access.owner import Owner

_PROBLEMS = problems({422: "A query parameter is not valid."})


def list_routes(use_case: ListPredictions) -> APIRouter:
    """`GET /predictions`."""
    router = APIRouter(tags=["predictions"])

    @router.get(
        "/predictions",
        responses={200: {"model": PageBody}, **_PROBLEMS},
        openapi_extra={"parameters": query_parameters(ListQuery)},
        **described_by(ListPredictions),
    )
    async def list_predictions(request: Request) -> Response:
        content = await run_in_threadpool(_list, use_case, caller_of(request).owner, request.query_params)
        return Response(content, media_type="application/json")

    return router


def _list(use_case: ListPredictions, owner: Owner, query: QueryParams) -> bytes:
    page = use_case.execute(_command(owner, validate(ListQuery, dict(query), strict=False)))
    return render_page(page.predictions, None if page.next_before is None else cursor_after(page.next_before))


def _command(owner: Owner, query: ListQuery) -> ListPredictionsCommand:
    before = None if query.cursor is None else parse_cursor(query.cursor)
    return ListPredictionsCommand(Selection(owner, query.status, query.model), before, query.limit)
