"""Problem JSON (RFC 9457): one table maps every error to its status."""

import logging
from collections.abc import Sequence
from http import HTTPStatus

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
    FieldProblem,
    HeadersTooLarge,
    HeaderTimeout,
    InvalidFields,
    MalformedBody,
    MalformedRequest,
    Overloaded,
    ReceiveTimeout,
)
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
    MalformedRequest: HTTPStatus.BAD_REQUEST,
    HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    HeaderTimeout: HTTPStatus.REQUEST_TIMEOUT,
    errors.PredictionNotFound: HTTPStatus.NOT_FOUND,
    ImageMissing: HTTPStatus.NOT_FOUND,
    errors.WrongState: HTTPStatus.CONFLICT,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ImageStoreFull: HTTPStatus.INSUFFICIENT_STORAGE,
    # These two are recorded with a prediction by the engine; a request that raises them is a defect.
    InferenceFailed: HTTPStatus.INTERNAL_SERVER_ERROR,
    AttemptsExhausted: HTTPStatus.INTERNAL_SERVER_ERROR,
}

# Seconds. A database or a broker restarts in about this time; a thousand clients that return after it are no
# overload.
RETRY_AFTER = 5

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
    if isinstance(error, Overloaded):
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
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


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
