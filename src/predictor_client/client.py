"""Synchronous client."""

import time
from collections.abc import Iterator
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


class PredictorClient:
    """Client of the service. Threads may share one.

    Every method may raise `Unreachable`, `Refused` and `UnexpectedAnswer`, after it has repeated a request that can be
    repeated safely.

    Args:
        base_url: URL of the service.
        api_key: API key, sent as `Authorization: Bearer` to this service alone. Default: the environment variable
            PREDICTOR_API_KEY.
        timeout: seconds without data after which a connection counts as lost.
        retry: policy for repeating failed requests.
        transport: transport of httpx in place of TCP, for tests.

    Raises:
        MalformedApiKey: the API key cannot be one.
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

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def submit(self, image: Image, **options: Unpack[SubmitOptions]) -> Prediction:
        """Submit a picture, a path, bytes or an open binary file; returns its prediction, as a rule still queued."""
        return self._run(self._operations.prediction(requests.submit(read_image(image), options)))

    def classify(self, image: Image, *, timeout: float | None = 60.0, **options: Unpack[SubmitOptions]) -> Prediction:
        """Submit a picture and wait for its label.

        Args:
            image: path, bytes or an open binary file.
            timeout: maximum seconds to wait; None for no limit.

        Raises:
            NotFinished: there is no label after `timeout` seconds. The service goes on with the prediction.
            PredictionFailed: the prediction ended without a label.
        """
        return self._run(self._operations.classify(read_image(image), timeout, options))

    def get(self, uuid: UUID | str) -> Prediction:
        """Current state of the prediction."""
        return self._run(self._operations.prediction(requests.get(uuid)))

    def wait(self, uuid: UUID | str, *, timeout: float | None = 60.0) -> Prediction:
        """Wait until the prediction is succeeded, failed or canceled.

        Args:
            timeout: maximum seconds to wait; None for no limit.

        Raises:
            NotFinished: the prediction is not final after `timeout` seconds.
        """
        return self._run(self._operations.wait(uuid, timeout))

    def stream(self, uuid: UUID | str) -> Iterator[PredictionEvent]:
        """Iterate over the changes of state, from the current state to the final one."""
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
        """Cancel a prediction that is not final; a late result is discarded."""
        return self._run(self._operations.prediction(requests.cancel(uuid)))

    def retry(self, uuid: UUID | str) -> Prediction:
        """Queue a failed or canceled prediction again."""
        return self._run(self._operations.prediction(requests.retry(uuid)))

    def delete(self, uuid: UUID | str) -> None:
        """Delete a prediction and its picture."""
        self._run(self._operations.delete(uuid))

    def list(self, *, status: str | None = None, model: str | None = None) -> Iterator[Prediction]:
        """Iterate over the predictions, newest first; pages are fetched as needed."""
        cursor: str | None = ""
        while cursor is not None:
            page = self._run(self._operations.page(status, model, cursor))
            yield from page.predictions
            cursor = page.next

    def image(self, uuid: UUID | str) -> bytes:
        """Bytes of the picture, as it was submitted."""
        return self._run(self._operations.image(uuid))

    def health(self) -> Health:
        """Readiness of the service, and of each of its parts where the key may see them."""
        return self._run(self._operations.health())

    def queue(self) -> Queue:
        """Number of waiting pictures and of workers."""
        return self._run(self._operations.queue())

    def version(self) -> str:
        """Version of the service."""
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
