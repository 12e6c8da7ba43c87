"""What the client can do, as steps without I/O: the one logic of both clients."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from predictor_client import requests
from predictor_client.calls import Call
from predictor_client.errors import NotFinished, PredictionFailed, UnexpectedAnswer
from predictor_client.requests import SubmitOptions
from predictor_client.results import Health, Prediction, Queue
from predictor_client.retries import RetryPolicy, Steps, answer

# Seconds in one request. Most proxies cut a connection that is silent for a minute.
LONGEST_WAIT = 30
# Seconds between two looks at a service that answers at once instead of waiting, as one does that shuts down.
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """Some predictions, and where the next ones are."""

    predictions: Sequence[Prediction]
    next: str | None


@dataclass(frozen=True, slots=True)
class Operations:
    """Each method gives the steps of one operation.

    Args:
        policy: how requests are repeated.
        clock: seconds since some moment.
    """

    policy: RetryPolicy
    clock: Callable[[], float] = time.monotonic

    def submit(self, image: bytes, options: SubmitOptions) -> Steps[Prediction]:
        """The prediction, as a rule still queued."""
        return self._prediction(requests.submit(image, options))

    def get(self, uuid: UUID | str) -> Steps[Prediction]:
        """The prediction as it is."""
        return self._prediction(requests.get(uuid))

    def wait(self, uuid: UUID | str, timeout: float | None) -> Steps[Prediction]:
        """The prediction once it is final.

        Raises:
            NotFinished: it was not after `timeout` seconds.
        """
        return self._wait(uuid, self._deadline(timeout))

    def classify(self, image: bytes, timeout: float | None, options: SubmitOptions) -> Steps[Prediction]:
        """The prediction with its label.

        Raises:
            NotFinished: it was not final after `timeout` seconds.
            PredictionFailed: it has none.
        """
        deadline = self._deadline(timeout)
        prediction = yield from self._prediction(requests.submit(image, options, self._seconds_to(deadline)))
        if not prediction.is_final:
            prediction = yield from self._wait(prediction.uuid, deadline)
        if prediction.status != "succeeded":
            raise PredictionFailed(prediction)
        return prediction

    def cancel(self, uuid: UUID | str) -> Steps[Prediction]:
        """The prediction, canceled."""
        return self._prediction(requests.cancel(uuid))

    def retry(self, uuid: UUID | str) -> Steps[Prediction]:
        """The prediction, queued again."""
        return self._prediction(requests.retry(uuid))

    def delete(self, uuid: UUID | str) -> Steps[None]:
        """Nothing is left."""
        yield from answer(requests.delete(uuid), self.policy)

    def page(self, status: str | None, model: str | None, cursor: str | None) -> Steps[Page]:
        """The newest predictions, or those behind `cursor`."""
        response = yield from answer(requests.page(status, model, cursor), self.policy)
        with understood():
            content = response.json()
            return Page([Prediction.from_json(entry) for entry in content["predictions"]], content["next"])

    def image(self, uuid: UUID | str) -> Steps[bytes]:
        """The picture, as it was submitted."""
        response = yield from answer(requests.image(uuid), self.policy)
        return response.content

    def health(self) -> Steps[Health]:
        """Whether the service can work, and what it lacks."""
        response = yield from answer(requests.readiness(), self.policy)
        with understood():
            return Health(response.status_code == 200, response.json()["checks"])

    def queue(self) -> Steps[Queue]:
        """How much waits, and for how many."""
        response = yield from answer(requests.queue(), self.policy)
        with understood():
            content = response.json()
            return Queue(int(content["waiting"]), int(content["workers"]))

    def version(self) -> Steps[str]:
        """The service's version."""
        response = yield from answer(requests.about(), self.policy)
        with understood():
            return str(response.json()["version"])

    def _prediction(self, call: Call) -> Steps[Prediction]:
        response = yield from answer(call, self.policy)
        with understood():
            return Prediction.from_json(response.json())

    def _wait(self, uuid: UUID | str, deadline: float) -> Steps[Prediction]:
        pause = 0.0
        while True:
            asked_at, seconds = self.clock() + pause, self._seconds_to(deadline)
            prediction = yield from self._prediction(replace(requests.get(uuid, seconds), pause=pause))
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
        return math.ceil(max(0.0, min(LONGEST_WAIT, deadline - self.clock())))


@contextmanager
def understood() -> Iterator[None]:
    """Turns what is missing in an answer into an error of ours."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise UnexpectedAnswer("The answer is not of the shape that this client knows.") from error
