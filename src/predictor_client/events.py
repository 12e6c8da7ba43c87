"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import httpx

from predictor_client import requests
from predictor_client.calls import Call
from predictor_client.errors import PredictorClientError, Unreachable, refusal
from predictor_client.operations import understood
from predictor_client.results import Prediction, PredictionEvent
from predictor_client.retries import RetryPolicy, is_temporary, unreachable

# A CR at the end of what has come may be half of a CRLF: it ends a line once the next byte is there.
_LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")


class EventDecoder:
    """Bytes to events, in whatever pieces they come."""

    def __init__(self) -> None:
        self.last_id = ""
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, chunk: bytes) -> Iterator[PredictionEvent]:
        """The events that `chunk` completes."""
        *lines, self._rest = _LINE_END.split(self._rest + chunk)
        for line in lines:
            if line:
                self._read(line.decode(errors="replace"))
            elif "data" in self._fields:
                yield self._event()
            else:
                self._fields = {}

    def reset(self) -> None:
        """Forget an event that has begun: its connection is gone."""
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
        with understood():
            return PredictionEvent(fields["event"], Prediction.from_json(json.loads(fields["data"])), self.last_id)


class EventStream:
    """The events of one prediction, over as many connections as it takes."""

    def __init__(self, uuid: UUID | str, policy: RetryPolicy) -> None:
        self.has_ended = False
        self._uuid = uuid
        self._policy = policy
        self._decoder = EventDecoder()
        self._failures = 0
        self._pause = 0.0

    def next_call(self) -> Call:
        """The request that goes on where the last connection ended."""
        return replace(requests.events(self._uuid, self._decoder.last_id), pause=self._pause)

    @contextmanager
    def connection(self) -> Iterator[None]:
        """One connection, inside.

        Raises:
            Unreachable: it was lost again and again.
            Refused: there are no events.
        """
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
        """Go on if these are events; `response` is read otherwise."""
        if response.status_code == httpx.codes.NO_CONTENT:  # the last event was a final one, though unknown to us
            self.has_ended = True
        elif response.status_code != httpx.codes.OK:
            raise refusal(response)

    def feed(self, chunk: bytes) -> Iterator[PredictionEvent]:
        """The events that `chunk` completes; none follows a final one."""
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
