"""Endpoints to cancel, retry and delete a prediction."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.access.admission import admit
from adapters.http.access.caller import owned_uuid
from adapters.http.responses.prediction_json import prediction_response
from adapters.http.schemas.openapi import WAIT, described_by, problems
from adapters.http.schemas.prediction import PredictionBody
from application.admission.gate import SubmissionGate
from application.manage.cancel_prediction import CancelPrediction
from application.manage.delete_prediction import DeletePrediction
from application.manage.retry_prediction import RetryPrediction

_UNKNOWN = "There is no prediction with this uuid."


def manage_routes(
    cancel: CancelPrediction, retry: RetryPrediction, delete: DeletePrediction, gate: SubmissionGate
) -> APIRouter:
    """`POST /predictions/{uuid}/cancel`, `POST /predictions/{uuid}/retry`, `DELETE /predictions/{uuid}`."""
    router = APIRouter(tags=["predictions"])
    _add_cancel(router, cancel)
    _add_retry(router, retry, gate)
    _add_delete(router, delete)
    return router


def _add_cancel(router: APIRouter, use_case: CancelPrediction) -> None:
    refusals = problems({404: _UNKNOWN, 409: "The prediction is final."})

    @router.post(
        "/predictions/{uuid}/cancel",
        responses={200: {"model": PredictionBody}, **refusals},
        **described_by(CancelPrediction),
    )
    async def cancel_prediction(uuid: str, request: Request) -> Response:
        return prediction_response(await run_in_threadpool(use_case.execute, *owned_uuid(request, uuid)))


def _add_retry(router: APIRouter, use_case: RetryPrediction, gate: SubmissionGate) -> None:
    refusals = problems(
        {
            404: "There is no prediction with this uuid, or its image is gone.",
            409: "The prediction neither failed nor was canceled.",
            **WAIT,
        }
    )

    @router.post(
        "/predictions/{uuid}/retry",
        responses={200: {"model": PredictionBody}, **refusals},
        **described_by(RetryPrediction),
    )
    async def retry_prediction(uuid: str, request: Request) -> Response:
        headers = await admit(gate, request)
        prediction = await run_in_threadpool(use_case.execute, *owned_uuid(request, uuid))
        return prediction_response(prediction, headers=headers)


def _add_delete(router: APIRouter, use_case: DeletePrediction) -> None:
    @router.delete(
        "/predictions/{uuid}",
        status_code=204,
        responses={204: {"description": "The prediction is deleted."}, **problems({404: _UNKNOWN})},
        **described_by(DeletePrediction),
    )
    async def delete_prediction(uuid: str, request: Request) -> Response:
        await run_in_threadpool(use_case.execute, *owned_uuid(request, uuid))
        return Response(status_code=204)
