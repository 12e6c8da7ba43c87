"""Requests that are repeated, those that are not, and the pauses between."""

import time

import httpx
import pytest

from predictor_client import Refused, RetryPolicy, ServiceFailed, ServiceUnavailable, TooManyRequests, Unreachable
from predictor_client.requests import Call
from predictor_client.retries import send_with_retries
from tests.unit.client.conftest import Connect
from tests.unit.client.script import AT_ONCE, GIF, UUID_1, Script, Step, prediction, problem

AWAY = problem(503, "database_unavailable")
BUSY = problem(429, "too_many_requests")
REFUSED = httpx.ConnectError("refused")
CUT = httpx.ReadError("cut")
ALL_ATTEMPTS = 1 + AT_ONCE.retries


@pytest.mark.parametrize("failure", [AWAY, BUSY, REFUSED, CUT, httpx.ReadTimeout("slow")], ids=str)
def test_a_submission_is_repeated_with_the_same_key(connect: Connect, failure: Step) -> None:
    script = Script(failure, failure, prediction(202))

    connect(script).submit(GIF)

    assert len(script.requests) == 3
    assert len({request.headers["Idempotency-Key"] for request in script.requests}) == 1
    assert {request.content for request in script.requests} == {GIF}


@pytest.mark.parametrize("operation", ["cancel", "retry", "delete"])
@pytest.mark.parametrize("failure", [AWAY, BUSY, REFUSED], ids=str)
def test_a_change_is_repeated_while_nothing_was_done(connect: Connect, operation: str, failure: Step) -> None:
    script = Script(failure, httpx.Response(204) if operation == "delete" else prediction())
    getattr(connect(script), operation)(UUID_1)
    assert len(script.requests) == 2


@pytest.mark.parametrize("operation", ["cancel", "retry", "delete"])
def test_a_change_is_not_repeated_when_nobody_knows(connect: Connect, operation: str) -> None:
    script = Script(CUT)
    with pytest.raises(Unreachable, match=r"^cut$") as caught:
        getattr(connect(script), operation)(UUID_1)
    assert len(script.requests) == 1
    assert caught.value.__cause__ is CUT
    assert isinstance(caught.value, ConnectionError)


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500, 502, 507])
def test_no_other_refusal_is_repeated(connect: Connect, status: int) -> None:
    script = Script(problem(status, "why"))
    with pytest.raises(Refused):
        connect(script).submit(GIF)
    assert len(script.requests) == 1


def test_health_is_asked_once(connect: Connect) -> None:
    script = Script(REFUSED)
    with pytest.raises(Unreachable):
        connect(script).health()
    assert len(script.requests) == 1


def test_a_wrong_address_is_not_tried_again(connect: Connect) -> None:
    script = Script(httpx.UnsupportedProtocol("no http"))
    with pytest.raises(Unreachable):
        connect(script).get(UUID_1)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("failure", "error"), [(AWAY, ServiceUnavailable), (BUSY, TooManyRequests), (REFUSED, Unreachable)], ids=str
)
def test_there_is_an_end_to_it(connect: Connect, failure: Step, error: type[Exception]) -> None:
    script = Script(failure)
    with pytest.raises(error):
        connect(script).get(UUID_1)
    assert len(script.requests) == ALL_ATTEMPTS


def test_repetitions_can_be_turned_off(connect: Connect) -> None:
    script = Script(AWAY)
    with pytest.raises(ServiceUnavailable):
        connect(script, retry=RetryPolicy(retries=0)).get(UUID_1)
    assert len(script.requests) == 1


def pauses(policy: RetryPolicy, *failures: Step) -> list[float]:
    """Pause before each attempt, in seconds."""
    steps = send_with_retries(Call(path="/"), policy)
    call = next(steps)
    taken = [call.pause]
    for failure in failures:
        call = steps.throw(failure) if isinstance(failure, httpx.TransportError) else steps.send(failure)
        taken.append(call.pause)
    return taken


def test_the_pauses_grow_to_a_bound() -> None:
    policy = RetryPolicy(retries=6, first_pause=1, longest_pause=10, chance=lambda: 1.0)
    assert pauses(policy, *[REFUSED] * 6) == [0, 1, 2, 4, 8, 10, 10]


def test_they_are_random_up_to_it() -> None:
    policy = RetryPolicy(first_pause=1, chance=lambda: 0.25)
    assert pauses(policy, REFUSED, AWAY, CUT) == [0, 0.25, 0.5, 1]
    assert 0 <= pauses(RetryPolicy(first_pause=1), REFUSED)[1] <= 1


def test_the_service_says_how_soon() -> None:
    policy = RetryPolicy(first_pause=1, chance=lambda: 0.5)
    assert pauses(policy, problem(503, "draining", {"Retry-After": "5"})) == [0, 5.5]


def test_a_service_that_wants_hours_is_not_waited_for() -> None:
    steps = send_with_retries(Call(path="/"), RetryPolicy())
    next(steps)
    with pytest.raises(TooManyRequests) as caught:
        steps.send(problem(429, "quota", {"Retry-After": "3600"}))
    assert caught.value.retry_after == 3600


def test_the_client_lets_the_pause_pass(connect: Connect) -> None:
    began = time.monotonic()
    connect(Script(REFUSED, AWAY, prediction()), retry=RetryPolicy(first_pause=0.02, chance=lambda: 1.0)).get(UUID_1)
    assert time.monotonic() - began >= 0.06


def test_an_error_that_is_not_a_refusal_of_the_moment_ends_it() -> None:
    steps = send_with_retries(Call(path="/"), RetryPolicy())
    next(steps)
    with pytest.raises(ServiceFailed):
        steps.send(problem(500, "internal_error"))
