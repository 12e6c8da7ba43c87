"""Looking a prediction up."""

from datetime import timedelta

import pytest

from adapters.memory import MemoryUnitOfWork
from domain.classification import Classification, ScoredLabel
from domain.prediction import Prediction
from domain.prediction_state import Failure
from tests.harness.builders import NOON, a_prediction
from tests.unit.http.world import World

PATH = "/predictions/00000000-0000-0000-0000-00000000000a"


def world_with(prediction: Prediction) -> World:
    unit_of_work = MemoryUnitOfWork()
    with unit_of_work.begin() as tx:
        tx.predictions.add([prediction])
        tx.commit()
    return World(unit_of_work=unit_of_work)


def started() -> Prediction:
    prediction = a_prediction(10)
    prediction.start(NOON + timedelta(microseconds=1500), timedelta(minutes=1), "squeezenet1_0")
    return prediction


@pytest.mark.parametrize("path", [PATH, PATH + "/", PATH.upper().replace("PREDICTIONS", "predictions")])
def test_a_succeeded_prediction(path: str) -> None:
    prediction = started()
    top = (ScoredLabel("dogsled", 0.75), ScoredLabel("sled", 0.125))
    prediction.succeed(1, Classification(top), NOON + timedelta(seconds=1))

    answer = world_with(prediction).get(path)

    assert answer.status_code == 200
    assert answer.json() == {
        "uuid": "00000000-0000-0000-0000-00000000000a",
        "name": "dog",
        "status": "succeeded",
        "prediction": "dogsled",
        "score": 0.75,
        "top": [{"label": "dogsled", "score": 0.75}, {"label": "sled", "score": 0.125}],
        "model": "squeezenet1_0",
        "priority": 5,
        "cached": False,
        "error": None,
        "attempts": 1,
        "created_at": "2026-01-01T12:00:00Z",
        "expires_at": None,
        "started_at": "2026-01-01T12:00:00.001500Z",
        "finished_at": "2026-01-01T12:00:01Z",
    }


def test_a_failed_prediction_says_why() -> None:
    prediction = started()
    prediction.fail(1, Failure("image_undecodable", "The image cannot be decoded."), NOON)

    body = world_with(prediction).get(PATH).json()

    assert body["status"] == "failed"
    assert body["prediction"] is None
    assert body["error"] == {"code": "image_undecodable", "message": "The image cannot be decoded."}


def test_a_queued_prediction_has_no_label_yet() -> None:
    body = world_with(a_prediction(10)).get(PATH).json()

    assert (body["status"], body["prediction"], body["top"]) == ("queued", None, [])


@pytest.fixture(scope="module")
def world() -> World:
    return world_with(a_prediction(10))


@pytest.mark.parametrize(
    "uuid",
    [
        "00000000-0000-0000-0000-00000000000b",
        "0000000000000000000000000000000a",
        "{00000000-0000-0000-0000-00000000000a}",
        "urn:uuid:00000000-0000-0000-0000-00000000000a",
        "12345678",
        "%00",
        "x" * 5000,
    ],
)
def test_an_unknown_or_malformed_uuid_is_not_found(world: World, uuid: str) -> None:
    answer = world.get(f"/predictions/{uuid}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert uuid not in answer.text
    assert answer.json()["code"] == "prediction_not_found"
