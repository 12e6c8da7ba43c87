"""The client for code with `async`."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self, TypeVar, Unpack
from uuid import UUID

import httpx

from predictor_client.calls import Call
from predictor_client.connection import DEFAULT_URL, LIMITS, TIMEOUT_SECONDS, arguments, default_headers
from predictor_client.events import EventStream
from predictor_client.images import Image, read_image
from predictor_client.operations import Operations
from predictor_client.requests import SubmitOptions
from predictor_client.results import Health, Prediction, PredictionEvent, Queue
from predictor_client.retries import RetryPolicy, Steps

_T = TypeVar("_T")


class AsyncPredictorClient:
    """`PredictorClient` for asyncio: the same methods, to be awaited; may be shared by tasks.

    Args:
        base_url: where the service is.
        api_key: sent as `Authorization: Bearer`.
        timeout: seconds of silence after which a connection counts as lost.
        retry: how requests are repeated.
        transport: how they are sent, in the place of TCP; for tests.
    """

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

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def submit(self, image: Image, **options: Unpack[SubmitOptions]) -> Prediction:
        """Submit a picture: its path, its bytes, or an open binary file. The answer is its prediction, queued."""
        return await self._run(self._operations.submit(await asyncio.to_thread(read_image, image), options))

    async def classify(
        self, image: Image, *, timeout: float | None = 60.0, **options: Unpack[SubmitOptions]
    ) -> Prediction:
        """Submit a picture and wait for its label; None waits for ever.

        Raises:
            NotFinished: it has none after `timeout` seconds. The prediction goes on.
            PredictionFailed: it ended without one.
        """
        return await self._run(self._operations.classify(await asyncio.to_thread(read_image, image), timeout, options))

    async def get(self, uuid: UUID | str) -> Prediction:
        """The prediction as it is."""
        return await self._run(self._operations.get(uuid))

    async def wait(self, uuid: UUID | str, *, timeout: float | None = 60.0) -> Prediction:
        """The prediction once it is final, however it ended; None waits for ever.

        Raises:
            NotFinished: it was not after `timeout` seconds.
        """
        return await self._run(self._operations.wait(uuid, timeout))

    async def stream(self, uuid: UUID | str) -> AsyncIterator[PredictionEvent]:
        """Every change of state from now on, beginning with the present one, to the final one."""
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
        """Cancel a prediction that is not final; its result, if there is one still, is dropped."""
        return await self._run(self._operations.cancel(uuid))

    async def retry(self, uuid: UUID | str) -> Prediction:
        """Queue a failed or canceled prediction again."""
        return await self._run(self._operations.retry(uuid))

    async def delete(self, uuid: UUID | str) -> None:
        """Remove a prediction and its picture."""
        await self._run(self._operations.delete(uuid))

    async def list(self, *, status: str | None = None, model: str | None = None) -> AsyncIterator[Prediction]:
        """All predictions, or those of a status or a model, the newest first; fetched page by page as needed."""
        cursor: str | None = ""
        while cursor is not None:
            page = await self._run(self._operations.page(status, model, cursor))
            for prediction in page.predictions:
                yield prediction
            cursor = page.next

    async def image(self, uuid: UUID | str) -> bytes:
        """The picture, as it was submitted."""
        return await self._run(self._operations.image(uuid))

    async def health(self) -> Health:
        """Whether the service can work now, and what it lacks."""
        return await self._run(self._operations.health())

    async def queue(self) -> Queue:
        """How much waits now, and how many workers there are for it."""
        return await self._run(self._operations.queue())

    async def version(self) -> str:
        """The service's version."""
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
