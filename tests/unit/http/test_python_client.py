"""The client knows the options, fields and errors of the service."""

import json
from dataclasses import fields
from datetime import timedelta

import httpx

from adapters.http.responses.prediction_json import render_prediction
from adapters.http.responses.problem_json import STATUSES
from adapters.http.schemas.prediction import Options, PredictionBody
from domain.classification import Classification, ScoredLabel
from predictor_client import Prediction, Refused
from predictor_client.errors import refusal
from predictor_client.requests import SubmitOptions
from tests.harness.builders import NOON, a_prediction
from tests.unit.client.script import problem


def test_every_option_of_a_submission_can_be_given() -> None:
    assert set(Options.model_fields) | {"idempotency_key"} == set(SubmitOptions.__annotations__)


def test_every_field_of_a_prediction_is_read() -> None:
    assert set(PredictionBody.model_fields) <= {field.name for field in fields(Prediction)}


def test_a_prediction_arrives_as_it_was_sent() -> None:
    sent = a_prediction(10)
    sent.start(NOON, timedelta(minutes=1), "squeezenet1_0")
    sent.succeed(1, Classification((ScoredLabel("dogsled", 0.75),)), NOON + timedelta(seconds=1))

    received = Prediction.from_json(json.loads(render_prediction(sent)))

    assert (received.uuid, received.name, received.status) == (sent.uuid, sent.name, "succeeded")
    assert (received.prediction, received.score, received.attempts) == ("dogsled", 0.75, 1)
    assert (received.created_at, received.finished_at) == (sent.created_at, sent.finished_at)


def has_its_error(status: int) -> bool:
    refused = refusal(problem(status, "some_code"))
    return isinstance(refused, Refused) and (refused.status, refused.code) == (status, "some_code")


def test_every_refusal_has_its_error() -> None:
    statuses = {*STATUSES.values(), httpx.codes.METHOD_NOT_ALLOWED}
    assert [status for status in statuses if not has_its_error(status)] == []
