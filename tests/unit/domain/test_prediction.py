"""The state machine: every event in every state."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.memory.classifier import labels
from domain.errors import InvalidField, StaleAttempt, WrongState
from domain.prediction import Prediction
from domain.prediction_state import Failure, PredictionStatus
from tests.harness.builders import NOON, a_prediction

LEASE = timedelta(minutes=1)
LATER = NOON + timedelta(seconds=30)
LABELS = labels("dogsled", "malamute")
FAILURE = Failure("broken", "It broke.")


def started() -> Prediction:
    prediction = a_prediction()
    prediction.start(NOON, LEASE, "squeezenet1_0")
    return prediction


def succeeded() -> Prediction:
    prediction = started()
    prediction.succeed(1, LABELS, LATER)
    return prediction


def failed() -> Prediction:
    prediction = started()
    prediction.fail(1, FAILURE, LATER)
    return prediction


def canceled() -> Prediction:
    prediction = started()
    prediction.cancel(LATER)
    return prediction


def test_a_new_one_is_queued_and_due() -> None:
    prediction = a_prediction()
    assert prediction.status is PredictionStatus.QUEUED
    assert not prediction.status.is_final
    assert prediction.due_at == NOON
    assert not prediction.lease_runs_at(NOON - LEASE)


def test_a_queued_one_can_be_made_due_earlier_and_no_other_one() -> None:
    prediction = a_prediction()
    prediction.bring_forward(LEASE)
    assert (prediction.due_at, prediction.created_at) == (NOON - LEASE, NOON)
    for make in (started, succeeded, failed, canceled):
        with pytest.raises(WrongState):
            make().bring_forward(LEASE)


def test_starting_counts_the_attempt_and_takes_the_lease() -> None:
    prediction = started()
    assert prediction.status is PredictionStatus.PROCESSING
    assert (prediction.attempts, prediction.started_at) == (1, NOON)
    assert prediction.lease_runs_at(NOON + LEASE - timedelta(microseconds=1))
    assert not prediction.lease_runs_at(NOON + LEASE)


def test_the_model_is_the_one_that_classified() -> None:
    prediction = a_prediction(model="squeezenet1_0")
    prediction.start(NOON, LEASE, "resnet50")
    assert prediction.model == "resnet50"


def test_a_success_keeps_as_many_labels_as_were_asked_for() -> None:
    prediction = a_prediction(top_k=1)
    prediction.start(NOON, LEASE, "squeezenet1_0")
    prediction.succeed(1, LABELS, LATER)
    assert prediction.status is PredictionStatus.SUCCEEDED
    assert prediction.classification == LABELS.limited_to(1)
    assert (prediction.finished_at, prediction.due_at, prediction.failure) == (LATER, None, None)


def test_a_failure_keeps_its_reason() -> None:
    prediction = failed()
    assert prediction.status is PredictionStatus.FAILED
    assert (prediction.failure, prediction.finished_at, prediction.due_at) == (FAILURE, LATER, None)
    assert prediction.classification is None


def test_a_stalled_one_is_queued_again_and_its_next_attempt_counts() -> None:
    prediction = started()
    prediction.published_at = NOON
    prediction.requeue(LATER)
    assert (prediction.status, prediction.due_at, prediction.attempts) == (PredictionStatus.QUEUED, LATER, 1)
    assert prediction.published_at is None
    prediction.start(LATER, LEASE, "squeezenet1_0")
    assert prediction.attempts == 2


def test_one_that_is_taken_over_refuses_the_late_result() -> None:
    prediction = started()
    prediction.start(LATER, LEASE, "squeezenet1_0")
    with pytest.raises(StaleAttempt):
        prediction.succeed(1, LABELS, LATER)
    with pytest.raises(StaleAttempt):
        prediction.fail(1, FAILURE, LATER)
    prediction.succeed(2, LABELS, LATER)
    assert prediction.status is PredictionStatus.SUCCEEDED


@pytest.mark.parametrize("make", [a_prediction, started])
def test_one_can_be_given_up_before_it_is_final(make: Callable[[], Prediction]) -> None:
    prediction = make()
    prediction.give_up(FAILURE, LATER)
    assert (prediction.status, prediction.failure) == (PredictionStatus.FAILED, FAILURE)


@pytest.mark.parametrize("make", [a_prediction, started])
def test_one_can_be_canceled_before_it_is_final(make: Callable[[], Prediction]) -> None:
    prediction = make()
    prediction.cancel(LATER)
    assert (prediction.status, prediction.finished_at, prediction.due_at) == (PredictionStatus.CANCELED, LATER, None)


def test_a_canceled_one_refuses_the_result_that_is_still_found() -> None:
    prediction = canceled()
    with pytest.raises(WrongState, match="canceled, not processing"):
        prediction.succeed(1, LABELS, LATER)
    assert prediction == canceled()


@pytest.mark.parametrize("make", [failed, canceled])
def test_one_that_failed_or_was_canceled_can_be_retried(make: Callable[[], Prediction]) -> None:
    prediction = make()
    prediction.published_at = NOON
    prediction.retry(LATER)
    assert (prediction.status, prediction.due_at) == (PredictionStatus.QUEUED, LATER)
    assert prediction.published_at is None
    assert prediction.failure is None
    assert prediction.finished_at is None
    assert (prediction.attempts, prediction.attempts_since_retry) == (1, 0)


@pytest.mark.parametrize("make", [a_prediction, started, succeeded])
def test_no_other_can_be_retried(make: Callable[[], Prediction]) -> None:
    prediction = make()
    with pytest.raises(WrongState, match="neither failed nor canceled"):
        prediction.retry(LATER)
    assert prediction == make()


def test_a_result_from_before_a_retry_is_refused() -> None:
    prediction = canceled()
    prediction.retry(LATER)
    with pytest.raises(WrongState, match="queued, not processing"):
        prediction.succeed(1, LABELS, LATER)
    prediction.start(LATER, LEASE, "squeezenet1_0")
    with pytest.raises(StaleAttempt):
        prediction.succeed(1, LABELS, LATER)
    assert (prediction.attempts, prediction.attempts_since_retry) == (2, 1)
    prediction.succeed(2, LABELS, LATER)
    assert prediction.classification == LABELS


def test_a_queued_one_has_no_result() -> None:
    with pytest.raises(WrongState, match="queued, not processing"):
        a_prediction().succeed(0, LABELS, LATER)


EVENTS: dict[str, Callable[[Prediction], None]] = {
    "start": lambda p: p.start(LATER, LEASE, "squeezenet1_0"),
    "renew the lease": lambda p: p.renew_lease(1, LATER, LEASE),
    "succeed": lambda p: p.succeed(1, LABELS, LATER),
    "fail": lambda p: p.fail(1, FAILURE, LATER),
    "give up": lambda p: p.give_up(FAILURE, LATER),
    "requeue": lambda p: p.requeue(LATER),
    "cancel": lambda p: p.cancel(LATER),
}


def is_refused(event: str, make: Callable[[], Prediction]) -> bool:
    """True if the event is a wrong state and leaves the prediction as it is."""
    prediction = make()
    try:
        EVENTS[event](prediction)
    except WrongState:
        return prediction == make()
    return False


def test_a_final_one_never_changes_by_itself() -> None:
    final = (succeeded, failed, canceled)
    assert [(make.__name__, event) for make in final for event in EVENTS if not is_refused(event, make)] == []


def test_a_job_says_what_the_engine_needs() -> None:
    prediction = a_prediction(3)
    assert (prediction.job.uuid, prediction.job.image, prediction.job.model) == (
        prediction.uuid,
        prediction.image,
        "squeezenet1_0",
    )


@pytest.mark.parametrize(("field", "value"), [("name", "x" * 256), ("name", "\ud800"), ("top_k", 0), ("top_k", 21)])
def test_fields_have_limits(field: str, value: str | int) -> None:
    with pytest.raises(InvalidField) as refused:
        a_prediction(1, **{field: value})
    assert refused.value.field == field


def test_the_longest_name_and_the_most_labels_are_taken() -> None:
    assert a_prediction(name="x" * 255, top_k=20).top_k == 20
