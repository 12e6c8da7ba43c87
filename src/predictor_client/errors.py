"""Everything that can go wrong, in one tree.

PredictorClientError
├── Unreachable                  no answer: no connection, or it broke off; also a ConnectionError
├── UnexpectedAnswer             an answer that this client does not understand
├── NotFinished                  no final state in the time given; also a TimeoutError
├── PredictionFailed             `classify` has no label to give
├── WebhookNotVerified           not from the service, or too old
└── Refused                      the service says no, and why
    ├── InvalidRequest           400, 408, 413, 415, 422 and other 4xx
    ├── AccessDenied             401, 403
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
    """Something went wrong."""


class Unreachable(PredictorClientError, ConnectionError):
    """The service gave no answer; its cause says why."""


class UnexpectedAnswer(PredictorClientError):
    """The answer is not one of this service, or of another version of it."""


class NotFinished(PredictorClientError, TimeoutError):
    """The prediction is not final yet. It goes on; wait for it again, or cancel it."""

    def __init__(self, prediction: Prediction) -> None:
        super().__init__(f"Prediction {prediction.uuid} is {prediction.status} still.")
        self.prediction = prediction


class PredictionFailed(PredictorClientError):
    """The prediction ended without a label."""

    def __init__(self, prediction: Prediction) -> None:
        reason = prediction.error.message if prediction.error else f"It is {prediction.status}."
        super().__init__(f"Prediction {prediction.uuid}: {reason}")
        self.prediction = prediction


class WebhookNotVerified(PredictorClientError):
    """The message is not from the service, or it is too old."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of a request."""

    field: str
    message: str


class Refused(PredictorClientError):
    """The service refused the request.

    Args:
        status: the HTTP status.
        code: the stable name of the reason, such as ``image_undecodable``; empty when something between the
            client and the service answered.
        fields: the fields that are not valid, where it is that.
        retry_after: when to try again, in seconds from now, where the service says so.
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
    """The request can never succeed as it is."""


class AccessDenied(Refused):
    """The API key is missing or wrong, or it does not permit this."""


class NotFound(Refused):
    """There is no such prediction, or no longer."""


class Conflict(Refused):
    """The prediction is not in a state that allows this."""


class TooManyRequests(Refused):
    """This client asks too often, or has too much waiting."""


class ServiceFailed(Refused):
    """The service could not do it; that is not the request's fault."""


class ServiceUnavailable(ServiceFailed):
    """The service cannot do it at the moment."""


class StorageFull(ServiceFailed):
    """The service has no room for another picture."""


_TYPES: dict[int, type[Refused]] = {
    401: AccessDenied,
    403: AccessDenied,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
    503: ServiceUnavailable,
    507: StorageFull,
}


def refusal(response: httpx.Response) -> PredictorClientError:
    """The error in an answer that is not the wanted one: problem JSON (RFC 9457) where the service itself gave it."""
    status = response.status_code
    if status < 400:
        return UnexpectedAnswer(f"The answer has status {status}.")
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
    """`Retry-After` as the service sends it; the date that HTTP also allows is not used by it."""
    return float(text) if text.isdecimal() else None
