from datetime import timedelta

import pytest

from domain.errors import InvalidField, WrongState
from domain.expiry import ExpiresIn
from domain.prediction import Prediction
from domain.prediction_state import Failure, PredictionStatus
from tests.harness.builders import NOON, a_prediction

SECOND = timedelta(seconds=1)


def expiring() -> Prediction:
    return a_prediction(expires_at=ExpiresIn(60).after(NOON))


@pytest.mark.parametrize("seconds", [0, -1, 604_801])
def test_it_is_a_second_to_a_week(seconds: int) -> None:
    with pytest.raises(InvalidField, match="expires_in is not between 1 and 604800"):
        ExpiresIn(seconds)
    assert ExpiresIn(604_800).after(NOON) == NOON + timedelta(days=7)


def test_what_is_queued_then_has_expired_and_not_a_moment_before() -> None:
    prediction = expiring()
    assert not prediction.is_expired_at(NOON + 60 * SECOND - timedelta(microseconds=1))
    assert prediction.is_expired_at(NOON + 60 * SECOND)
    prediction.expire(NOON + 61 * SECOND)
    assert (prediction.status, prediction.finished_at) == (PredictionStatus.FAILED, NOON + 61 * SECOND)
    assert prediction.failure == Failure("expired", "No engine was free before it expired.")
    assert (prediction.due_at, prediction.expires_at, prediction.attempts) == (None, None, 0)


def test_what_is_in_work_does_not_expire_until_it_is_queued_again() -> None:
    prediction = expiring()
    prediction.start(NOON, SECOND, "squeezenet1_0")
    late = NOON + 60 * SECOND
    assert not prediction.is_expired_at(late)
    with pytest.raises(WrongState):
        prediction.expire(late)
    prediction.requeue(late)
    assert prediction.is_expired_at(late)


def test_what_gives_no_time_never_expires() -> None:
    prediction = a_prediction()
    assert not prediction.is_expired_at(NOON + timedelta(days=9999))
    with pytest.raises(WrongState):
        prediction.expire(NOON + timedelta(days=9999))


def test_who_retries_what_expired_wants_it_however_long_it_waits() -> None:
    prediction = expiring()
    prediction.expire(NOON + 60 * SECOND)
    prediction.retry(NOON + 61 * SECOND)
    assert prediction.status is PredictionStatus.QUEUED
    assert prediction.expires_at is None
    assert not prediction.is_expired_at(NOON + timedelta(days=9999))
