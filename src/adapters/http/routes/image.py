"""Endpoint to download the picture of a prediction."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.access.caller import owned_uuid
from adapters.http.requests.body_budget import BodyBudget
from adapters.http.responses.content_disposition import content_disposition
from adapters.http.responses.paced_response import PacedResponse
from adapters.http.schemas.openapi import described_by, image_content, problems
from application.look_up.get_image import GetImage

_PROBLEMS = problems({404: "There is no prediction with this uuid, or its image is gone."})
# The picture of a uuid never changes; one year is the longest time that caches honour. It is private to the client:
# no shared cache may keep it.
_CACHING = "private, max-age=31536000, immutable"
# Should a browser take the file for a document, that document runs no script and loads nothing.
_POLICY = "default-src 'none'; sandbox"


def image_routes(use_case: GetImage, budget: BodyBudget) -> APIRouter:
    """`GET /predictions/{uuid}/image`; `budget` bounds the pictures that are sent at once."""
    router = APIRouter(tags=["predictions"])

    @router.get(
        "/predictions/{uuid}/image",
        responses={200: image_content("The picture as it was submitted."), **_PROBLEMS},
        response_class=Response,
        **described_by(GetImage),
    )
    async def get_image(uuid: str, request: Request) -> Response:
        prediction, image = await run_in_threadpool(use_case.execute, *owned_uuid(request, uuid))
        image_format = prediction.image.format
        headers = {
            "Content-Disposition": content_disposition(prediction.name, str(prediction.uuid), image_format.extension),
            "Cache-Control": _CACHING,
            "Content-Security-Policy": _POLICY,
        }
        return PacedResponse(image, headers=headers, media_type=image_format.media_type).within(budget)

    return router
