"""Server-sent events, also over a bad line."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import httpx
import pytest

from predictor_client import NotFound, RetryPolicy, ServiceUnavailable, UnexpectedAnswer, Unreachable
from predictor_client.events import EventDecoder
from tests.unit.client.conftest import Connect
from tests.unit.client.script import AT_ONCE, SUCCEEDED, UUID_1, Script, content, problem

CUT = httpx.ReadError("cut")


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces, that may break off."""

    def __init__(self, *pieces: bytes | httpx.TransportError) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, httpx.TransportError):
                raise piece
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


def event(number: int, fields: dict[str, Any]) -> bytes:
    return f"id: {number}\nevent: {fields['status']}\ndata: {json.dumps(fields)}\n\n".encode()


QUEUED = event(1, content())
PROCESSING = event(2, content("processing"))
DONE = event(3, SUCCEEDED)


def stream(*pieces: bytes | httpx.TransportError) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=Pieces(*pieces))


def kinds(events: Sequence[Any]) -> list[str]:
    return [event.kind for event in events]


def test_every_state_to_the_final_one(connect: Connect) -> None:
    script = Script(stream(QUEUED, b": keep-alive\n\n", PROCESSING, DONE, QUEUED))

    events = connect(script).stream(UUID_1)

    assert kinds(events) == ["queued", "processing", "succeeded"]
    assert events[2].prediction.prediction == "dogsled"
    assert [event.id for event in events] == ["1", "2", "3"]
    assert script.request.url.path == f"/predictions/{UUID_1}/events"
    assert script.request.headers["Accept"] == "text/event-stream"
    assert "Last-Event-ID" not in script.request.headers


def test_a_lost_connection_goes_on_where_it_was(connect: Connect) -> None:
    half = len(PROCESSING) // 2
    script = Script(stream(QUEUED, PROCESSING[:half], CUT), stream(PROCESSING), CUT, stream(DONE))

    assert kinds(connect(script).stream(UUID_1)) == ["queued", "processing", "succeeded"]
    assert [request.headers.get("Last-Event-ID") for request in script.requests] == [None, "1", "2", "2"]


@pytest.mark.parametrize(
    ("failure", "error"),
    [(CUT, Unreachable), (problem(503, "draining"), ServiceUnavailable), (stream(), Unreachable)],
    ids=["cut", "unavailable", "empty"],
)
def test_it_is_given_up_in_the_end(connect: Connect, failure: Any, error: type[Exception]) -> None:
    script = Script(failure)
    with pytest.raises(error):
        connect(script).stream(UUID_1)
    assert len(script.requests) == 1 + AT_ONCE.retries


def test_but_not_while_something_arrives(connect: Connect) -> None:
    script = Script(*[stream(b":\n\n", CUT)] * 20, stream(DONE))
    assert kinds(connect(script).stream(UUID_1)) == ["succeeded"]


def test_a_final_state_of_a_later_version_ends_it_too(connect: Connect) -> None:
    script = Script(stream(event(1, content("dissolved"))), httpx.Response(204))
    assert kinds(connect(script).stream(UUID_1)) == ["dissolved"]


def test_a_refusal_is_an_error(connect: Connect) -> None:
    script = Script(problem(404, "prediction_not_found"))
    with pytest.raises(NotFound):
        connect(script).stream(UUID_1)
    assert len(script.requests) == 1


def test_what_is_no_prediction_is_unexpected(connect: Connect) -> None:
    with pytest.raises(UnexpectedAnswer):
        connect(Script(stream(b"event: queued\ndata: 7\n\n")), retry=RetryPolicy(retries=0)).stream(UUID_1)


NAME = "two\u2028lines \u2026"


def decoded(line_end: str, size: int) -> list[tuple[str, ...]]:
    """The events in a body whose lines end like this and that comes in pieces of `size` bytes."""
    first, second = json.dumps(content(name=NAME), ensure_ascii=False).split(" ", 1)
    lines = ["retry: 10", "", "id", "", f"data: {first}", f"data:{second}", "event:queued", "id: 4", "", ": end"]
    whole = line_end.join(lines).encode()
    decoder = EventDecoder()
    found = [entry for i in range(0, len(whole), size) for entry in decoder.feed(whole[i : i + size])]
    return [(str(entry.kind), str(entry.id), str(decoder.last_id), str(entry.prediction.name)) for entry in found]


def test_lines_end_as_they_like_and_pieces_are_cut_anywhere() -> None:
    cuts = [(line_end, size) for line_end in ("\n", "\r\n", "\r") for size in (1, 2, 3, 7, 1000)]
    assert [cut for cut in cuts if decoded(*cut) != [("queued", "4", "4", NAME)]] == []
