"""Problem JSON (RFC 9457): one table maps every error to its status."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from math import ceil

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from adapters.http.requests.request_errors import (
    BodyIncomplete,
    BodyTooLarge,
    CrossSiteRequest,
    FieldProblem,
    HeadersTooLarge,
    HeaderTimeout,
    HostInvalid,
    HostNotAllowed,
    InvalidFields,
    MalformedBody,
    MalformedRequest,
    Overloaded,
    ReceiveTimeout,
)
from adapters.http.responses.rate_headers import rate_headers
from adapters.http.responses.throttled_log import ThrottledLog
from adapters.http.schemas.problem import PROBLEM_MEDIA_TYPE
from application.classify.attempts import AttemptsExhausted
from application.classify.run_inference import InferenceFailed
from application.ports.image_store import ImageMissing
from domain import errors

_log = logging.getLogger(__name__)
_often = ThrottledLog(_log)

# The nearest base class in the table counts. `PredictorError` itself is left out: a new branch of the error tree
# has to be listed.
STATUSES: dict[type[errors.PredictorError], HTTPStatus] = {
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnsupportedImage: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.ImageTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    MalformedBody: HTTPStatus.BAD_REQUEST,
    BodyIncomplete: HTTPStatus.BAD_REQUEST,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ReceiveTimeout: HTTPStatus.REQUEST_TIMEOUT,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.InsufficientScope: HTTPStatus.FORBIDDEN,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    HostInvalid: HTTPStatus.BAD_REQUEST,
    HostNotAllowed: HTTPStatus.MISDIRECTED_REQUEST,
    CrossSiteRequest: HTTPStatus.FORBIDDEN,
    MalformedRequest: HTTPStatus.BAD_REQUEST,
    HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    HeaderTimeout: HTTPStatus.REQUEST_TIMEOUT,
    errors.PredictionNotFound: HTTPStatus.NOT_FOUND,
    ImageMissing: HTTPStatus.NOT_FOUND,
    errors.WrongState: HTTPStatus.CONFLICT,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ImageStoreFull: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.ApiKeyNotFound: HTTPStatus.NOT_FOUND,
    errors.DiskAlmostFull: HTTPStatus.INSUFFICIENT_STORAGE,
    # These two are recorded with a prediction by the engine; a request that raises them is a defect.
    InferenceFailed: HTTPStatus.INTERNAL_SERVER_ERROR,
    AttemptsExhausted: HTTPStatus.INTERNAL_SERVER_ERROR,
}

# Seconds. A database or a broker restarts in about this time; a thousand clients that return after it are no
# overload.
RETRY_AFTER = 5

# RFC 6750, section 3.
_CHALLENGE = 'Bearer realm="predictor"'

_HTTP_ERRORS = {
    HTTPStatus.NOT_FOUND: ("not_found", "There is nothing at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", "This address does not take that method."),
}

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def status_of(error: type[errors.PredictorError]) -> HTTPStatus:
    """The status for an error type: that of its nearest base class in the table."""
    listed = (STATUSES[base] for base in error.__mro__ if base in STATUSES)
    return next(listed, HTTPStatus.INTERNAL_SERVER_ERROR)


def refusal(error: errors.PredictorError) -> Response:
    """Build the response to an application error, and log it if it is the service's own."""
    status = status_of(type(error))
    if isinstance(error, Overloaded | errors.QueueFull):
        _often.warning("request refused", code=error.code, status=status.value)
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("request refused", extra={"code": error.code, "status": status.value})
    return problem_response(error)


def problem_response(error: errors.PredictorError) -> Response:
    """Build the response to an application error."""
    status = status_of(type(error))
    problems = error.problems if isinstance(error, InvalidFields) else ()
    if isinstance(error, errors.InvalidField):
        problems = (FieldProblem(error.field, error.message),)
    response = _problem(status, error.code, error.message, problems)
    response.headers.update(_headers(error))
    return response


def _headers(error: errors.PredictorError) -> dict[str, str]:
    """Headers that tell a client what to do."""
    match error:
        case errors.Unauthenticated():
            return {"WWW-Authenticate": _CHALLENGE}
        case errors.InsufficientScope():
            return {"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope"'}
        case errors.RateLimited(retry_after=wait, limit=limit):
            return {"Retry-After": _seconds(wait), **rate_headers(limit, 0)}
        case errors.TooManyRequests(retry_after=wait) | errors.QueueFull(retry_after=wait):
            return {"Retry-After": _seconds(wait)}
        case errors.Unavailable() if status_of(type(error)) is HTTPStatus.SERVICE_UNAVAILABLE:
            return {"Retry-After": str(RETRY_AFTER)}
        case _:
            return {}


def _seconds(wait: timedelta) -> str:
    return str(max(1, ceil(wait.total_seconds())))


def internal_error() -> Response:
    """Build the response to an unexpected error; it gives no details."""
    detail = "Something went wrong inside the service."
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", detail)


def add_error_handlers(app: FastAPI) -> None:
    """Make `app` answer application errors and HTTP errors with problem JSON."""
    app.add_exception_handler(errors.PredictorError, _refuse)
    app.add_exception_handler(HTTPException, _refuse_http)
    app.add_exception_handler(RequestValidationError, _refuse_parameters)


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.PredictorError)
    return refusal(error)


async def _refuse_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code, detail = _HTTP_ERRORS.get(status, ("http_error", "The request cannot be answered."))
    response = _problem(status, code, detail)
    response.headers.update(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(_allowed_methods(request))
    return response


def _allowed_methods(request: Request) -> list[str]:
    """All methods of the path; the router names only those of the first route that matches the path."""
    routes, scope = request.app.routes, request.scope
    return [
        method for method in _METHODS if any(r.matches({**scope, "method": method})[0] is Match.FULL for r in routes)
    ]


async def _refuse_parameters(_request: Request, _error: Exception) -> Response:
    """Hide the details: FastAPI's own answer would repeat the client's values."""
    return refusal(errors.InvalidInput())


def _problem(status: HTTPStatus, code: str, detail: str, problems: Sequence[FieldProblem] = ()) -> Response:
    content: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
    }
    if problems:
        content["errors"] = problems  # orjson renders dataclasses
    return Response(orjson.dumps(content), status_code=status, media_type=PROBLEM_MEDIA_TYPE)
