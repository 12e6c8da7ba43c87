"""The lease of an attempt: it is renewed, it is lost, and a result comes after all."""

from collections.abc import Callable

import pytest

from domain.errors import StaleAttempt, WrongState
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from tests.harness.builders import NOON
from tests.unit.domain.test_prediction import FAILURE, LABELS, LATER, LEASE, started


def test_a_renewed_lease_runs_anew() -> None:
    prediction = started()
    prediction.renew_lease(1, LATER, LEASE)
    assert (prediction.status, prediction.attempts) == (PredictionStatus.PROCESSING, 1)
    assert (prediction.started_at, prediction.due_at) == (NOON, LATER + LEASE)


def test_only_the_newest_attempt_renews_its_lease() -> None:
    prediction = started()
    prediction.start(LATER, LEASE, "squeezenet1_0")
    with pytest.raises(StaleAttempt):
        prediction.renew_lease(1, LATER + LEASE, LEASE)
    assert prediction.due_at == LATER + LEASE


def test_a_lost_lease_is_not_renewed() -> None:
    prediction = started()
    prediction.requeue(LATER)
    with pytest.raises(WrongState, match="queued, not processing"):
        prediction.renew_lease(1, LATER, LEASE)
    assert (prediction.status, prediction.due_at) == (PredictionStatus.QUEUED, LATER)


RESULTS: list[tuple[Callable[[Prediction], None], PredictionStatus]] = [
    (lambda p: p.succeed(1, LABELS, LATER), PredictionStatus.SUCCEEDED),
    (lambda p: p.fail(1, FAILURE, LATER), PredictionStatus.FAILED),
]


@pytest.mark.parametrize(("record", "status"), RESULTS)
def test_a_result_counts_after_the_lease_was_lost(
    record: Callable[[Prediction], None], status: PredictionStatus
) -> None:
    prediction = started()
    prediction.requeue(LATER)
    record(prediction)
    assert (prediction.status, prediction.finished_at, prediction.due_at) == (status, LATER, None)


def test_a_result_of_an_older_attempt_does_not_count_after_the_lease_was_lost() -> None:
    prediction = started()
    prediction.start(LATER, LEASE, "squeezenet1_0")
    prediction.requeue(LATER)
    with pytest.raises(StaleAttempt):
        prediction.succeed(1, LABELS, LATER)
    assert prediction.status is PredictionStatus.QUEUED
