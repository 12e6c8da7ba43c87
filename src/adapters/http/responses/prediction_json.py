"""Predictions as JSON."""

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.responses import Response

from domain.prediction import Prediction


def render_prediction(prediction: Prediction) -> bytes:
    """Write a prediction as JSON, documented by `PredictionBody`; times in UTC with a Z."""
    return orjson.dumps(_content(prediction), option=orjson.OPT_UTC_Z)


def prediction_response(
    prediction: Prediction, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Build a response with the prediction as its body."""
    return Response(render_prediction(prediction), status, headers, media_type="application/json")


def render_batch(predictions: Sequence[Prediction]) -> bytes:
    """Write the predictions of a batch as JSON, documented by `BatchBody`."""
    return orjson.dumps({"predictions": [_content(p) for p in predictions]}, option=orjson.OPT_UTC_Z)


def render_page(predictions: Sequence[Prediction], cursor: str | None) -> bytes:
    """Write a page of the list as JSON, documented by `PageBody`; `cursor` is that of the next page."""
    content = {"predictions": [_content(p) for p in predictions], "next": cursor}
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


def _content(prediction: Prediction) -> dict[str, Any]:
    found = prediction.classification
    return {
        "uuid": prediction.uuid,
        "name": prediction.name,
        "status": prediction.status,
        "prediction": found.best.label if found else None,
        "score": found.best.score if found else None,
        "top": found.top if found else [],
        "model": prediction.model,
        "priority": prediction.priority.level,
        "cached": prediction.cached,
        "error": prediction.failure,
        "attempts": prediction.attempts,
        "created_at": prediction.created_at,
        "expires_at": prediction.expires_at,
        "started_at": prediction.started_at,
        "finished_at": prediction.finished_at,
    }
