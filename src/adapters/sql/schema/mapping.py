"""Mapping between rows and predictions."""

import json
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from adapters.sql.schema.tables import predictions as table
from domain.access.owner import Owner
from domain.classification import Classification, ScoredLabel
from domain.idempotency import Idempotency, IdempotencyKey
from domain.image import ImageHash, ImageKey
from domain.job import Job
from domain.prediction import Prediction
from domain.prediction_state import Failure, ImageState, PredictionStatus
from domain.priority import Priority
from domain.webhooks.webhook import Webhook, WebhookEvent, WebhookUrl

_SAME_NAME = (
    "name",
    "model",
    "model_version",
    "top_k",
    "attempts",
    "attempts_before_retry",
    "created_at",
    "started_at",
    "finished_at",
    "due_at",
    "published_at",
    "expires_at",
)


# Columns that a job is read from.
JOB_COLUMNS = (table.c.uuid, table.c.img, table.c.model, table.c.priority)


def to_job(row: Any) -> Job:
    """Job from a row with `JOB_COLUMNS`."""
    return Job(UUID(row.uuid), ImageKey(row.img), row.model, Priority(row.priority))


def to_row(prediction: Prediction) -> dict[str, Any]:
    """Row of a prediction in the table `predictions`, without its `image_state`, which only retention changes."""
    labels, failure = prediction.classification, prediction.failure
    idempotency, webhook = prediction.idempotency, prediction.webhook
    row = {column: getattr(prediction, column) for column in _SAME_NAME}
    return row | {
        "uuid": str(prediction.uuid),
        "owner": prediction.owner.name,
        "img": prediction.image.value,
        "status": prediction.status.value,
        "image_hash": prediction.image_hash.value if prediction.image_hash else None,
        "priority": prediction.priority.level,
        "prediction": labels.best.label if labels else None,
        "top": json.dumps([[entry.label, entry.score] for entry in labels.top]) if labels else None,
        "error_code": failure.code if failure else None,
        "error_message": failure.message if failure else None,
        "idempotency_key": idempotency.key.value if idempotency else None,
        "fingerprint": idempotency.fingerprint if idempotency else None,
        "webhook_url": webhook.url.value if webhook else None,
        "webhook_events": ",".join(sorted(webhook.events)) if webhook else None,
    }


def from_row(row: RowMapping) -> Prediction:
    """Prediction from a row of the table `predictions`."""
    fields = {column: row[column] for column in _SAME_NAME}
    return Prediction(
        uuid=UUID(row["uuid"]),
        owner=_owner(row["owner"]),
        image=ImageKey(row["img"]),
        status=PredictionStatus(row["status"]),
        image_hash=ImageHash(row["image_hash"]) if row["image_hash"] else None,
        priority=Priority(row["priority"]),
        classification=_labels(row["top"]),
        failure=Failure(row["error_code"], row["error_message"]) if row["error_code"] else None,
        idempotency=_idempotency(row["idempotency_key"], row["fingerprint"]),
        webhook=_webhook(row["webhook_url"], row["webhook_events"]) if row["webhook_url"] else None,
        image_state=ImageState(row["image_state"]) if row["image_state"] else ImageState.KEPT,
        **fields,
    )


# Few owners have many predictions: one of them is made once, and not for each row.
_owner = lru_cache(maxsize=1024)(Owner)


def _idempotency(key: str | None, fingerprint: str) -> Idempotency | None:
    return None if key is None else Idempotency(IdempotencyKey(key), fingerprint)


def _labels(top: str | None) -> Classification | None:
    if top is None:
        return None
    return Classification(tuple(ScoredLabel(label, score) for label, score in json.loads(top)))


def _webhook(url: str, events: str) -> Webhook:
    return Webhook(WebhookUrl(url), frozenset(WebhookEvent(event) for event in events.split(",")))
