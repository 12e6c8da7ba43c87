"""Rows to predictions and back."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from domain.classification import Classification, ScoredLabel
from domain.image import ImageKey
from domain.prediction import Failure, Prediction, PredictionStatus

_SAME_NAME = ("name", "model", "top_k", "attempts", "created_at", "started_at", "finished_at", "due_at", "published_at")


def to_row(prediction: Prediction) -> dict[str, Any]:
    """The row of the table `predictions`."""
    labels, failure = prediction.classification, prediction.failure
    row = {column: getattr(prediction, column) for column in _SAME_NAME}
    return row | {
        "uuid": str(prediction.uuid),
        "img": prediction.image.value,
        "status": prediction.status.value,
        "prediction": labels.best.label if labels else None,
        "top": json.dumps([[entry.label, entry.score] for entry in labels.top]) if labels else None,
        "error_code": failure.code if failure else None,
        "error_message": failure.message if failure else None,
    }


def from_row(row: RowMapping) -> Prediction:
    """The prediction that a row keeps."""
    fields = {column: row[column] for column in _SAME_NAME}
    return Prediction(
        uuid=UUID(row["uuid"]),
        image=ImageKey(row["img"]),
        status=PredictionStatus(row["status"]),
        classification=_labels(row["top"]),
        failure=Failure(row["error_code"], row["error_message"]) if row["error_code"] else None,
        **fields,
    )


def _labels(top: str | None) -> Classification | None:
    if top is None:
        return None
    return Classification(tuple(ScoredLabel(label, score) for label, score in json.loads(top)))
