"""Logic of the operations, without I/O, shared by the synchronous and the asynchronous client."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from predictor_client import requests
from predictor_client.errors import NotFinished, PredictionFailed, UnexpectedAnswer
from predictor_client.requests import Call, SubmitOptions
from predictor_client.results import Health, Prediction, Queue
from predictor_client.retries import RetryPolicy, Steps, send_with_retries

# Seconds that one request waits for a result. Most proxies close a connection after a minute without data.
MAX_WAIT = 30
# Seconds between two requests to a service that answers at once instead of waiting, as it does while it shuts down.
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page of predictions, and the cursor of the next page; None after the last one."""

    predictions: Sequence[Prediction]
    next: str | None


@dataclass(frozen=True, slots=True)
class Operations:
    """Operations of the client. Each method is a generator of requests, see `Steps`, and returns the result.

    The clients say what the methods do. The clock is monotonic, in seconds.
    """

    policy: RetryPolicy
    clock: Callable[[], float] = time.monotonic

    def prediction(self, call: Call) -> Steps[Prediction]:
        """Send a request that is answered by a prediction."""
        response = yield from send_with_retries(call, self.policy)
        with malformed_answers():
            return Prediction.from_json(response.json())

    def wait(self, uuid: UUID | str, timeout: float | None) -> Steps[Prediction]:
        return self._wait(uuid, self._deadline(timeout))

    def classify(self, image: bytes, timeout: float | None, options: SubmitOptions) -> Steps[Prediction]:
        deadline = self._deadline(timeout)
        prediction = yield from self.prediction(requests.submit(image, options, self._seconds_to(deadline)))
        if not prediction.is_final:
            prediction = yield from self._wait(prediction.uuid, deadline)
        if prediction.status != "succeeded":
            raise PredictionFailed(prediction)
        return prediction

    def delete(self, uuid: UUID | str) -> Steps[None]:
        yield from send_with_retries(requests.delete(uuid), self.policy)

    def page(self, status: str | None, model: str | None, cursor: str | None) -> Steps[Page]:
        """Get one page of the list, the first one without `cursor`."""
        response = yield from send_with_retries(requests.page(status, model, cursor), self.policy)
        with malformed_answers():
            content = response.json()
            return Page([Prediction.from_json(entry) for entry in content["predictions"]], content["next"])

    def image(self, uuid: UUID | str) -> Steps[bytes]:
        response = yield from send_with_retries(requests.image(uuid), self.policy)
        return response.content

    def health(self) -> Steps[Health]:
        response = yield from send_with_retries(requests.readiness(), self.policy)
        with malformed_answers():
            return Health(response.status_code == 200, response.json().get("checks", {}))

    def queue(self) -> Steps[Queue]:
        response = yield from send_with_retries(requests.queue(), self.policy)
        with malformed_answers():
            content = response.json()
            return Queue(int(content["waiting"]), int(content["workers"]))

    def version(self) -> Steps[str]:
        response = yield from send_with_retries(requests.about(), self.policy)
        with malformed_answers():
            return str(response.json()["version"])

    def _wait(self, uuid: UUID | str, deadline: float) -> Steps[Prediction]:
        pause = 0.0
        while True:
            asked_at, seconds = self.clock() + pause, self._seconds_to(deadline)
            prediction = yield from self.prediction(replace(requests.get(uuid, seconds), pause=pause))
            now = self.clock()
            if prediction.is_final:
                return prediction
            if now >= deadline:
                raise NotFinished(prediction)
            has_waited = now - asked_at >= min(seconds, _LONGEST_PAUSE)
            pause = 0.0 if has_waited else min(deadline - now, _LONGEST_PAUSE, max(_FIRST_PAUSE, 2 * pause))

    def _deadline(self, timeout: float | None) -> float:
        return math.inf if timeout is None else self.clock() + timeout

    def _seconds_to(self, deadline: float) -> int:
        return math.ceil(max(0.0, min(MAX_WAIT, deadline - self.clock())))


@contextmanager
def malformed_answers() -> Iterator[None]:
    """Raise `UnexpectedAnswer` for an answer that lacks a field or has one of a wrong type."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise UnexpectedAnswer("The answer has an unknown format.") from error
