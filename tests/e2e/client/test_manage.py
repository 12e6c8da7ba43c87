"""The whole life of a prediction in the hands of the Python client."""

import asyncio

import pytest

from predictor_client import AsyncPredictorClient, Conflict, NotFound, PredictorClient
from tests.e2e.conftest import Produce
from tests.harness.service import COFFEE


def test_canceled_retried_fetched_and_deleted(produce: Produce) -> None:
    service = produce()  # without a worker: nothing moves by itself
    with PredictorClient(service.url) as client:
        submitted = client.submit(COFFEE)
        with pytest.raises(Conflict) as caught:
            client.retry(submitted.uuid)
        assert caught.value.code == "wrong_state"
        assert client.cancel(submitted.uuid).status == "canceled"
        assert client.wait(submitted.uuid, timeout=0).status == "canceled"
        assert client.retry(submitted.uuid).status == "queued"

        service.start_worker()
        assert client.wait(submitted.uuid).prediction == "espresso"
        assert client.image(submitted.uuid) == COFFEE

        client.delete(submitted.uuid)
        for gone in (client.get, client.image, client.cancel, client.delete):
            with pytest.raises(NotFound):
                gone(submitted.uuid)


def test_all_pages_of_the_list(produce: Produce) -> None:
    service = produce()

    async def fill_and_list() -> tuple[list[str], list[str], list[str]]:
        async with AsyncPredictorClient(service.url) as client:
            await asyncio.gather(*(client.submit(COFFEE, name=str(n)) for n in range(120)))
            canceled = (await client.cancel((await client.submit(COFFEE, name="last")).uuid)).name
            everything = [prediction.name async for prediction in client.list()]
            queued = [prediction.name async for prediction in client.list(status="queued")]
            return everything, queued, [canceled]

    everything, queued, canceled = asyncio.run(fill_and_list())
    assert sorted(queued, key=int) == [str(n) for n in range(120)]
    assert everything == canceled + queued
