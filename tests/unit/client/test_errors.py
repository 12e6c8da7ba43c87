"""Each refusal is an error of its own type."""

import httpx
import pytest

import predictor_client
from predictor_client import (
    AccessDenied,
    Conflict,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    PredictorClientError,
    Refused,
    ServiceFailed,
    ServiceUnavailable,
    StorageFull,
    TooManyRequests,
    Unauthenticated,
)
from predictor_client.errors import refusal
from tests.unit.client.script import problem

TYPES: dict[int, type[Refused]] = {
    400: InvalidRequest,
    401: Unauthenticated,
    403: PermissionDenied,
    404: NotFound,
    405: InvalidRequest,
    409: Conflict,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    429: TooManyRequests,
    500: ServiceFailed,
    502: ServiceFailed,
    503: ServiceUnavailable,
    507: StorageFull,
}


def test_the_status_says_the_type() -> None:
    assert {status: type(refusal(problem(status, "why"))) for status in TYPES} == TYPES


def test_both_refusals_for_want_of_a_right_can_be_caught_at_once() -> None:
    assert issubclass(Unauthenticated, AccessDenied)
    assert issubclass(PermissionDenied, AccessDenied)


@pytest.mark.parametrize("body", ["<html>Bad Gateway</html>", "[]", '"x"', '{"detail": null}', '{"errors": {"a": 1}}'])
def test_an_answer_from_something_between_is_a_refusal_too(body: str) -> None:
    refused = refusal(httpx.Response(502, text=body))
    assert isinstance(refused, ServiceFailed)
    assert (str(refused), refused.code, refused.fields) == ("502 Bad Gateway", "", ())


@pytest.mark.parametrize(("text", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)])
def test_when_to_come_back(text: str, seconds: float | None) -> None:
    refused = refusal(problem(503, "unavailable", {"Retry-After": text}))
    assert isinstance(refused, Refused)
    assert refused.retry_after == seconds


def test_every_error_is_of_the_tree_and_drawn_in_it() -> None:
    exported = [getattr(predictor_client, name) for name in predictor_client.__all__]
    errors = [item for item in exported if isinstance(item, type) and issubclass(item, Exception)]
    assert len(errors) > 10
    assert all(issubclass(error, PredictorClientError) for error in errors)
    assert all(error.__name__ in (predictor_client.errors.__doc__ or "") for error in errors)
