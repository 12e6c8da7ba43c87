"""Retries with exponential back-off."""

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeVar

import httpx

from predictor_client.errors import (
    PredictorClientError,
    Refused,
    ServiceUnavailable,
    TooManyRequests,
    Unreachable,
    refusal,
)
from predictor_client.requests import Call, Repeat

_T = TypeVar("_T")

# An operation without I/O: a generator that yields requests and is sent the responses, or has an
# `httpx.TransportError` thrown into it. A synchronous or an asynchronous client drives it.
Steps = Generator[Call, httpx.Response, _T]

# Errors before the first byte of the request was written.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off with full jitter: a random pause between zero and a bound that doubles each time.

    Random pauses keep clients that failed together from returning together. The seconds of a `Retry-After` header are
    added. Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

    Args:
        retries: maximum number of retries; 0 for none.
        first_pause: bound of the first pause, in seconds. With half a second, five retries take longer than a restart
            of the service.
        longest_pause: largest bound of a pause, in seconds. A longer `Retry-After` ends the retries.
        chance: generator of random numbers from 0 to 1.
    """

    retries: int = 5
    first_pause: float = 0.5
    longest_pause: float = 30.0
    chance: Callable[[], float] = random.random

    def pause(self, failures: int, problem: PredictorClientError) -> float | None:
        """Seconds until the next attempt after `failures` in a row, the last a `problem`; None if there is none."""
        wanted = (problem.retry_after if isinstance(problem, Refused) else None) or 0.0
        if failures > self.retries or wanted > self.longest_pause:
            return None
        bound: float = min(self.longest_pause, self.first_pause * 2 ** (failures - 1))
        return wanted + self.chance() * bound


def send_with_retries(call: Call, policy: RetryPolicy) -> Steps[httpx.Response]:
    """Send a request, again and again as far as the policy and the request allow it.

    Raises:
        Unreachable, Refused, UnexpectedAnswer
    """
    problem: PredictorClientError
    for failures in count(1):
        try:
            response = yield call
        except httpx.TransportError as error:
            problem, again = unreachable(error), _may_repeat(call, error)
        else:
            if response.status_code in call.accepted:
                return response
            problem = refusal(response)
            again = call.repeat is not Repeat.NEVER and is_temporary(problem)
        pause = policy.pause(failures, problem) if again else None
        if pause is None:
            raise problem
        call = replace(call, pause=pause)
    raise AssertionError  # count() does not end


def unreachable(error: httpx.TransportError) -> Unreachable:
    """Translate an error of httpx."""
    problem = Unreachable(str(error) or type(error).__name__)
    problem.__cause__ = error
    return problem


def is_temporary(problem: PredictorClientError) -> bool:
    """True if the service did not process the request and a later attempt may succeed."""
    return isinstance(problem, TooManyRequests | ServiceUnavailable)


def _may_repeat(call: Call, error: httpx.TransportError) -> bool:
    if isinstance(error, httpx.UnsupportedProtocol):  # the address itself is wrong
        return False
    return call.repeat is Repeat.ALWAYS or (call.repeat is Repeat.IF_NOT_DONE and isinstance(error, _NEVER_SENT))
