"""Errors of the client.

PredictorClientError
├── Unreachable                  no connection, or a lost one; also a ConnectionError
├── UnexpectedAnswer             an answer in an unknown format
├── NotFinished                  no final state within the timeout; also a TimeoutError
├── PredictionFailed             `classify` got no label
├── WebhookNotVerified           not signed by the service, or too old
├── MalformedApiKey              the text given as API key cannot be one; also a ValueError
└── Refused                      an error status of the service
    ├── InvalidRequest           400, 408, 413, 415, 422 and other 4xx
    ├── AccessDenied
    │   ├── Unauthenticated      401
    │   └── PermissionDenied     403
    ├── NotFound                 404
    ├── Conflict                 409
    ├── TooManyRequests          429
    └── ServiceFailed            5xx
        ├── ServiceUnavailable   503
        └── StorageFull          507
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from predictor_client.results import Prediction


class PredictorClientError(Exception):
    """Base of all errors of the client."""


class Unreachable(PredictorClientError, ConnectionError):
    """Raised when the service gave no answer; the cause is the error of httpx."""


class UnexpectedAnswer(PredictorClientError):
    """Raised when the answer has an unknown format, as of another version or another service."""


class NotFinished(PredictorClientError, TimeoutError):
    """Raised when the prediction is not final within the timeout. It goes on: wait again, or cancel it."""

    def __init__(self, prediction: Prediction) -> None:
        super().__init__(f"Prediction {prediction.uuid} is still {prediction.status}.")
        self.prediction = prediction


class PredictionFailed(PredictorClientError):
    """Raised when the prediction ended without a label."""

    def __init__(self, prediction: Prediction) -> None:
        reason = prediction.error.message if prediction.error else f"It is {prediction.status}."
        super().__init__(f"Prediction {prediction.uuid}: {reason}")
        self.prediction = prediction


class WebhookNotVerified(PredictorClientError):
    """Raised when a webhook is not signed by the service or is too old."""


class MalformedApiKey(PredictorClientError, ValueError):
    """Raised when the text given as API key cannot be one. The message does not repeat it."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Problem with one field of a request."""

    field: str
    message: str


class Refused(PredictorClientError):
    """Raised when the service refused the request.

    Args:
        message: the reason in a sentence.
        status: HTTP status.
        code: stable name of the reason, such as ``image_undecodable``; empty if a proxy answered.
        fields: the invalid fields; empty for another reason.
        retry_after: seconds until the request may succeed, if the service tells.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        fields: Sequence[FieldProblem] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.fields = tuple(fields)
        self.retry_after = retry_after


class InvalidRequest(Refused):
    """Raised when the request is invalid and would never succeed."""


class AccessDenied(Refused):
    """Base of the refusals for want of a right."""


class Unauthenticated(AccessDenied):
    """Raised when the API key is missing, unknown, expired or revoked; `code` tells which."""


class PermissionDenied(AccessDenied):
    """Raised when the API key is valid and does not allow this, as one that may only read."""


class NotFound(Refused):
    """Raised when there is no prediction with this uuid."""


class Conflict(Refused):
    """Raised when the state of the prediction does not allow the operation."""


class TooManyRequests(Refused):
    """Raised when the owner of the key sends faster than its limit, or has too many pictures waiting."""


class ServiceFailed(Refused):
    """Raised when the service failed for a reason of its own."""


class ServiceUnavailable(ServiceFailed):
    """Raised when the service is temporarily unable to process the request."""


class StorageFull(ServiceFailed):
    """Raised when the service has no space for another picture."""


_TYPES: dict[int, type[Refused]] = {
    401: Unauthenticated,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
    503: ServiceUnavailable,
    507: StorageFull,
}


def refusal(response: httpx.Response) -> PredictorClientError:
    """The error that an answer tells, from its problem JSON (RFC 9457) if it has one."""
    status = response.status_code
    if status < 400:
        return UnexpectedAnswer(f"The answer has the unexpected status {status}.")
    problem = _problem(response)
    return _TYPES.get(status, ServiceFailed if status >= 500 else InvalidRequest)(
        str(problem.get("detail") or f"{status} {response.reason_phrase}"),
        status=status,
        code=str(problem.get("code", "")),
        fields=_fields(problem.get("errors")),
        retry_after=_seconds(response.headers.get("Retry-After", "")),
    )


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _fields(errors: object) -> list[FieldProblem]:
    entries = errors if isinstance(errors, list) else []
    return [FieldProblem(str(entry.get("field")), str(entry.get("message"))) for entry in entries]


def _seconds(text: str) -> float | None:
    """Seconds of a `Retry-After` header; None for a date, which HTTP also allows but the service never sends."""
    return float(text) if text.isdecimal() else None
