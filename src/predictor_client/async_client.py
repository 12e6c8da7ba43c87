"""Asynchronous client."""

import asyncio
from collections.abc import AsyncIterator
from typing import Self, TypeVar, Unpack
from uuid import UUID

import httpx

from predictor_client import requests
from predictor_client.connection import DEFAULT_URL, LIMITS, TIMEOUT_SECONDS, arguments, default_headers
from predictor_client.events import EventStream
from predictor_client.images import Image, read_image
from predictor_client.operations import Operations
from predictor_client.requests import Call, SubmitOptions
from predictor_client.results import Health, Prediction, PredictionEvent, Queue
from predictor_client.retries import RetryPolicy, Steps

_T = TypeVar("_T")


class AsyncPredictorClient:
    """`PredictorClient` for asyncio: the same arguments, and the same methods as coroutines. Tasks may share one."""

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        retry: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._policy = retry or RetryPolicy()
        self._operations = Operations(self._policy)
        self._timeout = timeout
        self._http = httpx.AsyncClient(
            base_url=base_url, headers=default_headers(api_key), limits=LIMITS, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def submit(self, image: Image, **options: Unpack[SubmitOptions]) -> Prediction:
        """Submit a picture; see `PredictorClient.submit`."""
        data = await asyncio.to_thread(read_image, image)
        return await self._run(self._operations.prediction(requests.submit(data, options)))

    async def classify(
        self, image: Image, *, timeout: float | None = 60.0, **options: Unpack[SubmitOptions]
    ) -> Prediction:
        """Submit a picture and wait for its label; see `PredictorClient.classify`."""
        return await self._run(self._operations.classify(await asyncio.to_thread(read_image, image), timeout, options))

    async def get(self, uuid: UUID | str) -> Prediction:
        """Current state of the prediction."""
        return await self._run(self._operations.prediction(requests.get(uuid)))

    async def wait(self, uuid: UUID | str, *, timeout: float | None = 60.0) -> Prediction:
        """Wait until the prediction is succeeded, failed or canceled; see `PredictorClient.wait`."""
        return await self._run(self._operations.wait(uuid, timeout))

    async def stream(self, uuid: UUID | str) -> AsyncIterator[PredictionEvent]:
        """Iterate over the changes of state, from the current state to the final one."""
        events = EventStream(uuid, self._policy)
        while not events.has_ended:
            call = events.next_call()
            await asyncio.sleep(call.pause)
            with events.connection():
                async with self._http.stream(**arguments(call, self._timeout)) as response:
                    if response.is_error:
                        await response.aread()
                    events.check(response)
                    async for chunk in response.aiter_bytes():
                        for event in events.feed(chunk):
                            yield event
                        if events.has_ended:
                            break

    async def cancel(self, uuid: UUID | str) -> Prediction:
        """Cancel a prediction that is not final; a late result is discarded."""
        return await self._run(self._operations.prediction(requests.cancel(uuid)))

    async def retry(self, uuid: UUID | str) -> Prediction:
        """Queue a failed or canceled prediction again."""
        return await self._run(self._operations.prediction(requests.retry(uuid)))

    async def delete(self, uuid: UUID | str) -> None:
        """Delete a prediction and its picture."""
        await self._run(self._operations.delete(uuid))

    async def list(self, *, status: str | None = None, model: str | None = None) -> AsyncIterator[Prediction]:
        """Iterate over the predictions, newest first; pages are fetched as needed."""
        cursor: str | None = ""
        while cursor is not None:
            page = await self._run(self._operations.page(status, model, cursor))
            for prediction in page.predictions:
                yield prediction
            cursor = page.next

    async def image(self, uuid: UUID | str) -> bytes:
        """Bytes of the picture, as it was submitted."""
        return await self._run(self._operations.image(uuid))

    async def health(self) -> Health:
        """Readiness of the service, and of each of its parts where the key may see them."""
        return await self._run(self._operations.health())

    async def queue(self) -> Queue:
        """Number of waiting pictures and of workers."""
        return await self._run(self._operations.queue())

    async def version(self) -> str:
        """Version of the service."""
        return await self._run(self._operations.version())

    async def _run(self, steps: Steps[_T]) -> _T:
        try:
            call = next(steps)
            while True:
                try:
                    response = await self._send(call)
                except httpx.TransportError as error:
                    call = steps.throw(error)
                else:
                    call = steps.send(response)
        except StopIteration as end:
            result: _T = end.value
            return result

    async def _send(self, call: Call) -> httpx.Response:
        await asyncio.sleep(call.pause)
        return await self._http.request(**arguments(call, self._timeout))
