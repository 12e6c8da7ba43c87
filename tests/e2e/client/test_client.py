"""The Python client against the running service."""

import asyncio
import io
from collections.abc import Iterator
from uuid import uuid4

import pytest

from predictor_client import (
    AsyncPredictorClient,
    InvalidRequest,
    NotFinished,
    NotFound,
    PredictionFailed,
    PredictorClient,
    Unreachable,
)
from tests.harness.service import CAMERA, COFFEE, IMAGES, Service


@pytest.fixture
def client(service: Service) -> Iterator[PredictorClient]:
    with PredictorClient(service.url) as client:
        yield client


def test_a_picture_in_its_label_out(client: PredictorClient) -> None:
    found = client.classify(IMAGES / "coffee.png", name="cup", top_k=2)
    assert (found.prediction, found.name, found.status, len(found.top)) == ("espresso", "cup", "succeeded", 2)
    assert found.score == found.top[0].score
    assert found.created_at.tzinfo is not None


def test_submitted_now_and_waited_for_later(client: PredictorClient) -> None:
    submitted = client.submit(io.BytesIO(CAMERA))
    assert not submitted.is_final
    assert client.wait(submitted.uuid).prediction == "tripod"
    assert client.get(str(submitted.uuid)).attempts == 1


def test_every_state_as_it_comes(client: PredictorClient) -> None:
    events = list(client.stream(client.submit(COFFEE).uuid))
    kinds = [event.kind for event in events]
    assert kinds[-1] == "succeeded"
    assert kinds == [status for status in ("queued", "processing", "succeeded") if status in kinds]
    assert events[-1].prediction.prediction == "espresso"


def test_the_same_key_is_the_same_prediction(client: PredictorClient) -> None:
    key = str(uuid4())
    first = client.submit(COFFEE, idempotency_key=key)
    assert client.submit(COFFEE, idempotency_key=key).uuid == first.uuid
    with pytest.raises(InvalidRequest) as caught:
        client.submit(CAMERA, idempotency_key=key)
    assert caught.value.code == "idempotency_conflict"


def test_many_at_once_without_a_thread_for_each(service: Service) -> None:
    async def classify_all() -> list[str | None]:
        async with AsyncPredictorClient(service.url) as client:
            found = await asyncio.gather(*(client.classify(picture) for picture in [COFFEE, CAMERA] * 10))
            return [prediction.prediction for prediction in found]

    assert asyncio.run(classify_all()) == ["espresso", "tripod"] * 10


def test_a_picture_that_cannot_be_decoded(client: PredictorClient) -> None:
    broken = COFFEE[:2000] + bytes(len(COFFEE) - 4000) + COFFEE[-2000:]
    with pytest.raises(PredictionFailed) as caught:
        client.classify(broken)
    assert caught.value.prediction.error is not None
    assert caught.value.prediction.error.code == "image_undecodable"


def test_a_refusal_says_why(client: PredictorClient) -> None:
    with pytest.raises(InvalidRequest) as caught:
        client.submit(COFFEE, top_k=0)
    assert (caught.value.status, caught.value.code) == (422, "invalid_field")
    assert [problem.field for problem in caught.value.fields] == ["top_k"]
    with pytest.raises(InvalidRequest) as caught:
        client.submit(b"no picture")
    assert (caught.value.status, caught.value.code) == (415, "image_unsupported")


def test_what_never_existed_is_not_found(client: PredictorClient) -> None:
    with pytest.raises(NotFound):
        client.wait(uuid4())


def test_no_time_to_wait(client: PredictorClient) -> None:
    with pytest.raises(NotFinished) as caught:
        client.classify(COFFEE, timeout=0)
    assert client.wait(caught.value.prediction.uuid).prediction == "espresso"


def test_the_service_is_healthy(client: PredictorClient) -> None:
    health = client.health()
    assert health.is_ready
    assert set(health.checks.values()) == {"ok"}


def test_somebody_works(client: PredictorClient) -> None:
    assert client.queue().workers >= 1


def test_nobody_is_there() -> None:
    # Port 9 is for a protocol that nobody speaks any more.
    with PredictorClient("http://127.0.0.1:9") as client, pytest.raises(Unreachable):
        client.health()
