"""The Python client against a service that needs keys."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from predictor_client import (
    AsyncPredictorClient,
    NotFound,
    PermissionDenied,
    PredictorClient,
    RetryPolicy,
    TooManyRequests,
    Unauthenticated,
)
from tests.e2e.conftest import Produce, embedded
from tests.harness.service import COFFEE, EmbeddedService

# Within these a revoked key is refused everywhere, also where a stream is open.
REVOKED_SECONDS = 10


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedService]:
    with embedded(tmp_path_factory.mktemp("guarded"), access="keys") as service:
        service.wait_until_ready()
        yield service


def test_without_a_key_and_with_a_wrong_one(guarded: EmbeddedService) -> None:
    for key, code in (("", "api_key_missing"), ("mlp_wrong", "api_key_invalid")):
        with PredictorClient(guarded.url, api_key=key) as client:
            with pytest.raises(Unauthenticated) as caught:
                client.classify(COFFEE)
            assert caught.value.code == code


def test_a_key_from_the_environment_classifies(guarded: EmbeddedService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_API_KEY", guarded.create_key("--owner", "shop"))
    with PredictorClient(guarded.url) as client:
        found = client.classify(COFFEE)
        assert found.prediction == "espresso"
        assert [event.prediction.status for event in client.stream(found.uuid)] == ["succeeded"]
        assert client.image(found.uuid) == COFFEE
        assert client.health().checks == {}
    with PredictorClient(guarded.url, api_key=guarded.key) as client:
        assert client.health().checks
        assert found.uuid not in [prediction.uuid for prediction in client.list()]
        with pytest.raises(NotFound):
            client.get(found.uuid)


def test_a_key_for_one_thing_only(guarded: EmbeddedService) -> None:
    with PredictorClient(guarded.url, api_key=guarded.create_key("--scope", "read")) as client:
        assert list(client.list(status="queued")) == []
        with pytest.raises(PermissionDenied, match="lacks the scope submit"):
            client.submit(COFFEE)
    with PredictorClient(guarded.url, api_key=guarded.create_key("--scope", "submit")) as client:
        found = client.submit(COFFEE)
        with pytest.raises(PermissionDenied, match="lacks the scope read"):
            client.wait(found.uuid)


def test_the_limit_of_a_key_is_waited_for(guarded: EmbeddedService) -> None:
    key = guarded.create_key("--owner", "hasty", "--rate", "60", "--burst", "1")
    with PredictorClient(guarded.url, api_key=key, retry=RetryPolicy(retries=0)) as hasty:
        hasty.submit(COFFEE)
        with pytest.raises(TooManyRequests) as caught:
            hasty.submit(COFFEE)
    assert (caught.value.code, caught.value.retry_after) == ("rate_limited", 1)
    began = time.monotonic()
    with PredictorClient(guarded.url, api_key=key) as patient:
        for _ in range(3):
            patient.submit(COFFEE)
    assert 2 < time.monotonic() - began < 30


def test_a_stream_and_a_wait_end_when_the_key_is_revoked(produce: Produce) -> None:
    service = produce(access="keys")  # without a worker, so that the prediction stays queued
    key = service.create_key()

    async def story() -> float:
        async with AsyncPredictorClient(service.url, api_key=key) as client:
            found = await client.submit(COFFEE)

            async def stream() -> None:
                async for event in client.stream(found.uuid):
                    assert event.prediction.status == "queued"

            following = asyncio.gather(stream(), client.wait(found.uuid, timeout=60), return_exceptions=True)
            await asyncio.sleep(2)
            began = time.monotonic()
            await asyncio.to_thread(service.revoke_key, key)
            ends = await following
            assert [type(end) for end in ends] == [Unauthenticated, Unauthenticated]
            return time.monotonic() - began

    seconds = asyncio.run(story())
    print(f"stream and wait ended {seconds:.1f} s after the command was called")
    assert seconds < REVOKED_SECONDS
