"""Typed Python client of the service.

    from predictor_client import PredictorClient

    with PredictorClient("http://localhost:5000") as client:
        print(client.classify("cat.jpg").prediction)

It imports nothing of the service.
"""

from predictor_client.async_client import AsyncPredictorClient
from predictor_client.client import PredictorClient
from predictor_client.errors import (
    AccessDenied,
    Conflict,
    FieldProblem,
    InvalidRequest,
    MalformedApiKey,
    NotFinished,
    NotFound,
    PermissionDenied,
    PredictionFailed,
    PredictorClientError,
    Refused,
    ServiceFailed,
    ServiceUnavailable,
    StorageFull,
    TooManyRequests,
    Unauthenticated,
    UnexpectedAnswer,
    Unreachable,
    WebhookNotVerified,
)
from predictor_client.results import Failure, Health, Label, Prediction, PredictionEvent, Queue
from predictor_client.retries import RetryPolicy
from predictor_client.webhooks import verify_webhook

__all__ = [
    "AccessDenied",
    "AsyncPredictorClient",
    "Conflict",
    "Failure",
    "FieldProblem",
    "Health",
    "InvalidRequest",
    "Label",
    "MalformedApiKey",
    "NotFinished",
    "NotFound",
    "PermissionDenied",
    "Prediction",
    "PredictionEvent",
    "PredictionFailed",
    "PredictorClient",
    "PredictorClientError",
    "Queue",
    "Refused",
    "RetryPolicy",
    "ServiceFailed",
    "ServiceUnavailable",
    "StorageFull",
    "TooManyRequests",
    "Unauthenticated",
    "UnexpectedAnswer",
    "Unreachable",
    "WebhookNotVerified",
    "verify_webhook",
]
