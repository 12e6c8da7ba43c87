"""Sends a request until it is answered, or until trying again does not help."""

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeVar

import httpx

from predictor_client.calls import Call, Repeat
from predictor_client.errors import (
    PredictorClientError,
    Refused,
    ServiceUnavailable,
    TooManyRequests,
    Unreachable,
    refusal,
)

_T = TypeVar("_T")

# What an operation does, without doing it: it yields requests and is sent the answers, or has
# `httpx.TransportError` thrown into it. Whoever runs it chooses the kind of I/O.
Steps = Generator[Call, httpx.Response, _T]

# Before the first byte of the request was written.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how soon a request is repeated.

    The pauses grow exponentially and are random up to that bound ("full jitter"), so that clients which failed
    together do not come back together. What the service says in `Retry-After` comes on top.

    Args:
        retries: how often; 0 for not at all.
        first_pause: bound of the first pause, in seconds. With half a second, five retries outlast the restart of
            a service.
        longest_pause: bound of every pause. If the service wants more, its refusal is the answer.
        chance: a random number from 0 to 1.
    """

    retries: int = 5
    first_pause: float = 0.5
    longest_pause: float = 30.0
    chance: Callable[[], float] = random.random

    def pause(self, failures: int, problem: PredictorClientError) -> float | None:
        """Seconds until the next attempt after the `failures`-th failure in a row; None: there is none."""
        wanted = (problem.retry_after if isinstance(problem, Refused) else None) or 0.0
        if failures > self.retries or wanted > self.longest_pause:
            return None
        bound: float = min(self.longest_pause, self.first_pause * 2 ** (failures - 1))
        return wanted + self.chance() * bound


def answer(call: Call, policy: RetryPolicy) -> Steps[httpx.Response]:
    """The answer to `call`, repeated as often as `policy` and the call itself allow.

    Raises:
        Unreachable: there was no answer.
        Refused: the service says no.
        UnexpectedAnswer: the answer is neither.
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
    """The transport's error as ours."""
    problem = Unreachable(str(error) or type(error).__name__)
    problem.__cause__ = error
    return problem


def is_temporary(problem: PredictorClientError) -> bool:
    """Whether the service did nothing and invites to come back."""
    return isinstance(problem, TooManyRequests | ServiceUnavailable)


def _may_repeat(call: Call, error: httpx.TransportError) -> bool:
    if isinstance(error, httpx.UnsupportedProtocol):  # the address itself is wrong
        return False
    return call.repeat is Repeat.ALWAYS or (call.repeat is Repeat.IF_NOT_DONE and isinstance(error, _NEVER_SENT))
