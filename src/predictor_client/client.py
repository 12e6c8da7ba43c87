"""The client for ordinary code."""

import time
from collections.abc import Iterator
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


class PredictorClient:
    """Talks to the service; may be shared by threads.

    Every method may raise `Unreachable`, `Refused` and `UnexpectedAnswer`. What may be repeated safely has been
    repeated before.

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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._policy = retry or RetryPolicy()
        self._operations = Operations(self._policy)
        self._timeout = timeout
        self._http = httpx.Client(
            base_url=base_url, headers=default_headers(api_key), limits=LIMITS, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def submit(self, image: Image, **options: Unpack[SubmitOptions]) -> Prediction:
        """Submit a picture: its path, its bytes, or an open binary file. The answer is its prediction, queued."""
        return self._run(self._operations.submit(read_image(image), options))

    def classify(self, image: Image, *, timeout: float | None = 60.0, **options: Unpack[SubmitOptions]) -> Prediction:
        """Submit a picture and wait for its label; None waits for ever.

        Raises:
            NotFinished: it has none after `timeout` seconds. The prediction goes on.
            PredictionFailed: it ended without one.
        """
        return self._run(self._operations.classify(read_image(image), timeout, options))

    def get(self, uuid: UUID | str) -> Prediction:
        """The prediction as it is."""
        return self._run(self._operations.get(uuid))

    def wait(self, uuid: UUID | str, *, timeout: float | None = 60.0) -> Prediction:
        """The prediction once it is final, however it ended; None waits for ever.

        Raises:
            NotFinished: it was not after `timeout` seconds.
        """
        return self._run(self._operations.wait(uuid, timeout))

    def stream(self, uuid: UUID | str) -> Iterator[PredictionEvent]:
        """Every change of state from now on, beginning with the present one, to the final one."""
        events = EventStream(uuid, self._policy)
        while not events.has_ended:
            call = events.next_call()
            time.sleep(call.pause)
            with events.connection(), self._http.stream(**arguments(call, self._timeout)) as response:
                if response.is_error:
                    response.read()
                events.check(response)
                for chunk in response.iter_bytes():
                    yield from events.feed(chunk)
                    if events.has_ended:
                        break

    def cancel(self, uuid: UUID | str) -> Prediction:
        """Cancel a prediction that is not final; its result, if there is one still, is dropped."""
        return self._run(self._operations.cancel(uuid))

    def retry(self, uuid: UUID | str) -> Prediction:
        """Queue a failed or canceled prediction again."""
        return self._run(self._operations.retry(uuid))

    def delete(self, uuid: UUID | str) -> None:
        """Remove a prediction and its picture."""
        self._run(self._operations.delete(uuid))

    def list(self, *, status: str | None = None, model: str | None = None) -> Iterator[Prediction]:
        """All predictions, or those of a status or a model, the newest first; fetched page by page as needed."""
        cursor: str | None = ""
        while cursor is not None:
            page = self._run(self._operations.page(status, model, cursor))
            yield from page.predictions
            cursor = page.next

    def image(self, uuid: UUID | str) -> bytes:
        """The picture, as it was submitted."""
        return self._run(self._operations.image(uuid))

    def health(self) -> Health:
        """Whether the service can work now, and what it lacks."""
        return self._run(self._operations.health())

    def queue(self) -> Queue:
        """How much waits now, and how many workers there are for it."""
        return self._run(self._operations.queue())

    def version(self) -> str:
        """The service's version."""
        return self._run(self._operations.version())

    def _run(self, steps: Steps[_T]) -> _T:
        try:
            call = next(steps)
            while True:
                try:
                    response = self._send(call)
                except httpx.TransportError as error:
                    call = steps.throw(error)
                else:
                    call = steps.send(response)
        except StopIteration as end:
            result: _T = end.value
            return result

    def _send(self, call: Call) -> httpx.Response:
        time.sleep(call.pause)
        return self._http.request(**arguments(call, self._timeout))
