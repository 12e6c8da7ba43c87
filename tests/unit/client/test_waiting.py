"""Waiting for a label, as few requests as it takes."""

from collections.abc import Callable

import httpx
import pytest

from predictor_client import NotFinished, Prediction, PredictionFailed, RetryPolicy
from predictor_client.operations import Operations
from predictor_client.requests import Call
from predictor_client.retries import Steps
from tests.unit.client.conftest import Connect
from tests.unit.client.script import FAILED, GIF, SUCCEEDED, UUID_1, Script, content, prediction

Answer = Callable[[Call], tuple[float, httpx.Response]]


class Time:
    """A clock, and a service that takes its time: what an operation asks, and when."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.calls: list[Call] = []

    def run(self, steps: Steps[Prediction], answers: Answer) -> Prediction:
        """The outcome, with `answers` for the seconds that each answer takes, and for the answer."""
        try:
            call = next(steps)
            while True:
                self.calls.append(call)
                seconds, response = answers(call)
                self.now += call.pause + seconds
                call = steps.send(response)
        except StopIteration as end:
            outcome: Prediction = end.value
            return outcome


def operations(time: Time) -> Operations:
    return Operations(RetryPolicy(), clock=lambda: time.now)


def queued_all_the_time(call: Call) -> tuple[float, httpx.Response]:
    return call.server_wait, prediction()


def test_a_long_wait_is_several_requests() -> None:
    time = Time()
    with pytest.raises(NotFinished) as caught:
        time.run(operations(time).wait(UUID_1, 70), queued_all_the_time)
    assert [call.query.get("wait") for call in time.calls] == ["30", "30", "10"]
    assert [call.pause for call in time.calls] == [0, 0, 0]
    assert time.now == 1070
    assert caught.value.prediction.status == "queued"
    assert isinstance(caught.value, TimeoutError)


def test_a_service_that_answers_at_once_is_asked_seldom() -> None:
    time = Time()
    with pytest.raises(NotFinished):
        time.run(operations(time).wait(UUID_1, 10), lambda _call: (0.0, prediction()))
    assert [call.pause for call in time.calls[:6]] == [0, 0.05, 0.1, 0.2, 0.4, 0.8]
    assert time.now == 1010
    assert len(time.calls) < 20


def test_without_a_time_limit_it_goes_on_until_the_end() -> None:
    time = Time()

    def answers(call: Call) -> tuple[float, httpx.Response]:
        return call.server_wait, prediction(fields=SUCCEEDED if len(time.calls) > 100 else content())

    assert time.run(operations(time).wait(UUID_1, None), answers).prediction == "dogsled"
    assert len(time.calls) == 101


def test_no_time_at_all_is_one_look() -> None:
    time = Time()
    with pytest.raises(NotFinished):
        time.run(operations(time).wait(UUID_1, 0), queued_all_the_time)
    assert [dict(call.query) for call in time.calls] == [{}]


def test_a_part_of_a_second_is_rounded_up() -> None:
    time = Time()
    with pytest.raises(NotFinished):
        time.run(operations(time).wait(UUID_1, 0.3), queued_all_the_time)
    assert [call.query["wait"] for call in time.calls] == ["1"]


def test_to_classify_is_to_submit_and_to_wait() -> None:
    time = Time()

    def answers(call: Call) -> tuple[float, httpx.Response]:
        if call.method == "POST":
            return call.server_wait, prediction(202)
        return 2.0, prediction(fields=SUCCEEDED)

    assert time.run(operations(time).classify(GIF, 45, {}), answers).prediction == "dogsled"
    submitted, waited = time.calls
    assert submitted.headers["Prefer"] == "wait=30"
    assert waited.query == {"wait": "15"}


def test_a_label_in_the_first_answer_is_enough(connect: Connect) -> None:
    script = Script(prediction(200, SUCCEEDED))
    assert connect(script).classify(GIF, name="dog").prediction == "dogsled"
    assert script.request.url.params["name"] == "dog"


def test_wait_and_classify_look_until_it_is_final(connect: Connect) -> None:
    script = Script(prediction(202), prediction(fields=content("processing")), prediction(fields=SUCCEEDED))
    assert connect(script).classify(GIF, timeout=None).prediction == "dogsled"
    assert connect(script).wait(UUID_1).status == "succeeded"
    assert len(script.requests) == 4


@pytest.mark.parametrize(
    ("fields", "why"), [(FAILED, r"The image cannot be decoded\."), (content("canceled"), r"It is canceled\.")]
)
def test_a_prediction_without_a_label_is_an_error_to_classify(
    connect: Connect, fields: dict[str, object], why: str
) -> None:
    with pytest.raises(PredictionFailed, match=why) as caught:
        connect(Script(prediction(200, fields))).classify(GIF)
    assert caught.value.prediction.status == fields["status"]


def test_to_wait_it_is_an_end_like_any_other(connect: Connect) -> None:
    assert connect(Script(prediction(fields=FAILED))).wait(UUID_1, timeout=1).status == "failed"


def test_the_connection_is_given_the_time_that_the_service_may_take(connect: Connect) -> None:
    script = Script(prediction(fields=SUCCEEDED))
    connect(script, timeout=7).wait(UUID_1, timeout=20)
    timeout = script.request.extensions["timeout"]
    assert timeout["connect"] == 7
    assert 26 < timeout["read"] <= 27
