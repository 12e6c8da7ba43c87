"""Server-sent events, by https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import httpx

from predictor_client import requests
from predictor_client.errors import PredictorClientError, Unreachable, refusal
from predictor_client.operations import malformed_answers
from predictor_client.requests import Call
from predictor_client.results import Prediction, PredictionEvent
from predictor_client.retries import RetryPolicy, is_temporary, unreachable

# A CR at the end of a chunk may be half of a CRLF, so it ends a line only when the next byte has arrived.
_LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")


class EventDecoder:
    """Decoder of a byte stream into events."""

    def __init__(self) -> None:
        self.last_id = ""
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, chunk: bytes) -> Iterator[PredictionEvent]:
        """Decode a chunk, and return the events that it completes."""
        *lines, self._rest = _LINE_END.split(self._rest + chunk)
        for line in lines:
            if line:
                self._read(line.decode(errors="replace"))
            elif "data" in self._fields:
                yield self._event()
            else:
                self._fields = {}

    def reset(self) -> None:
        """Discard an incomplete event after a lost connection."""
        self._rest, self._fields = b"", {}

    def _read(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and "data" in self._fields:
            self._fields["data"] += f"\n{value}"
        elif name in ("event", "data", "id"):
            self._fields[name] = value

    def _event(self) -> PredictionEvent:
        fields, self._fields = self._fields, {}
        self.last_id = fields.get("id", self.last_id)
        with malformed_answers():
            return PredictionEvent(fields["event"], Prediction.from_json(json.loads(fields["data"])), self.last_id)


class EventStream:
    """Events of one prediction, over several connections if one is lost."""

    def __init__(self, uuid: UUID | str, policy: RetryPolicy) -> None:
        self.has_ended = False
        self._uuid = uuid
        self._policy = policy
        self._decoder = EventDecoder()
        self._failures = 0
        self._pause = 0.0

    def next_call(self) -> Call:
        """The request for the events after the last one received."""
        return replace(requests.events(self._uuid, self._decoder.last_id), pause=self._pause)

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Context of one connection: a lost one is counted, and followed by another as the retry policy allows."""
        problem: PredictorClientError = Unreachable("The stream ended before the prediction did.")
        try:
            yield
        except httpx.TransportError as error:
            problem = unreachable(error)
        except PredictorClientError as error:
            if not is_temporary(error):
                raise
            problem = error
        if not self.has_ended:
            self._try_again(problem)

    def check(self, response: httpx.Response) -> None:
        """Raise the error of a response without events; one with an error status must have been read."""
        if response.status_code == httpx.codes.NO_CONTENT:  # no event is left: the last one was final
            self.has_ended = True
        elif response.status_code != httpx.codes.OK:
            raise refusal(response)

    def feed(self, chunk: bytes) -> Iterator[PredictionEvent]:
        self._failures = 0
        for event in self._decoder.feed(chunk):
            self.has_ended = event.prediction.is_final
            yield event

    def _try_again(self, problem: PredictorClientError) -> None:
        self._decoder.reset()
        self._failures += 1
        pause = self._policy.pause(self._failures, problem)
        if pause is None:
            raise problem
        self._pause = pause
