"""Clients that cost little, since they share the cores with the service that they measure.

They run in a process of their own, on bare sockets, with requests that were built before. An answer is looked at as
far as needed.
"""

import asyncio
import itertools
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import NamedTuple, Self, cast
from urllib.parse import urlsplit

import httpx
import uvloop

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_FINISHED = re.compile(rb'"finished_at": ?"([^"]+)"')
_LABEL = re.compile(rb'"prediction": ?["0-9]')
# Longer than any label takes that is worth a figure.
_WAIT = "Prefer: wait=60\r\n"


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests, number of clients and duration.

    Args:
        url: of the server.
        requests: whole HTTP requests, sent in turn.
        clients: connections; each has one request under way, and sends the next when it is answered.
        seconds: how long what is answered counts.
        warm_up: seconds before that.
        labels: every answer has to carry a label.
        once: each client sends one request only; `seconds` then says how long it may take at most.
    """

    url: str
    requests: Sequence[bytes]
    clients: int
    seconds: float
    warm_up: float = 0.5
    labels: bool = False
    once: bool = False


@dataclass(slots=True)
class Outcome:
    """Measurements of the clients.

    Args:
        seconds: of each request that was answered while it counted.
        late: seconds from the end of the work, as each label tells it, until its client had the answer.
        lasted: for how many seconds it counted.
        total: all requests, those of the warm-up and the last ones too.
        bad: those of them that were not answered well.
        cpu_seconds: of the clients' own.
    """

    seconds: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    lasted: float = 0.0
    total: int = 0
    bad: int = 0
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second.

        Raises:
            RuntimeError: some were bad, so that a number would tell nothing.
        """
        if self.bad:
            raise RuntimeError(f"{self.bad} of {self.total} answers were bad")
        return len(self.seconds) / self.lasted


class LoadClient:
    """The process of the clients; use it as a context."""

    def __init__(self) -> None:
        self._process = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.shutdown()

    def drive(self, plan: Plan) -> Outcome:
        """Carry out the plan; returns when every request is answered."""
        return self._process.submit(drive, plan).result()


def post_picture(body: bytes, path: str = "/inference/image", *, wait: bool = False, key: str | None = None) -> bytes:
    """The request that submits a JSON body, perhaps with an API key, and perhaps waits for the label."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{_WAIT if wait else ''}"
    if key is not None:
        head += f"Authorization: Bearer {key}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def get(path: str) -> bytes:
    """The request that reads `path`."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def answers(url: str) -> bool:
    """True if a server answers 200."""
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def drive(plan: Plan) -> Outcome:
    """Carry out the plan in this process."""
    began = time.process_time()
    outcome = uvloop.run(_drive(plan))
    outcome.cpu_seconds = time.process_time() - began
    return outcome


class _Answer(NamedTuple):
    status: int
    body: bytes


class _Connection(asyncio.Protocol):
    """One kept connection with one request under way."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[_Answer] | None = None
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are no subclass of it.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        length = _LENGTH.search(self._received, 0, end) if end >= 0 else None
        if length and len(self._received) >= end + 4 + int(length[1]) and self._waiting:
            self._waiting.set_result(_Answer(int(self._received[9:12]), bytes(self._received[end + 4 :])))
            self._received.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the server closed the connection"))

    def ask(self, request: bytes) -> asyncio.Future[_Answer]:
        """Send a request; the future has its answer."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        if self._transport:
            self._transport.close()


@dataclass
class _Run:
    """State that the connections of one plan share."""

    plan: Plan
    requests: Iterator[bytes]
    counts_from: float
    outcome: Outcome = field(default_factory=Outcome)

    def __post_init__(self) -> None:
        self.ends_at = self.counts_from + self.plan.seconds
        self.outcome.lasted = self.plan.seconds

    async def repeat(self, connection: _Connection) -> None:
        """Send one request after the other until the time is over."""
        while (began := time.perf_counter()) < self.ends_at:
            good = await self._once(connection, next(self.requests))
            ended = time.perf_counter()
            if self.counts_from <= ended < self.ends_at:
                self.outcome.seconds.append(ended - began)
            self.outcome.total += 1
            self.outcome.bad += not good
            if self.plan.once:
                return

    async def _once(self, connection: _Connection, request: bytes) -> bool:
        answer = await connection.ask(request)
        if self.plan.labels and (finished := _FINISHED.search(answer.body)):
            self.outcome.late.append(time.time() - datetime.fromisoformat(finished[1].decode()).timestamp())
        return answer.status < 300 and (not self.plan.labels or _LABEL.search(answer.body) is not None)


async def _drive(plan: Plan) -> Outcome:
    place = urlsplit(plan.url)
    loop = asyncio.get_running_loop()
    host, port = str(place.hostname), int(place.port or 80)
    connections = [(await loop.create_connection(_Connection, host, port))[1] for _ in range(plan.clients)]
    run = _Run(plan, itertools.cycle(plan.requests), time.perf_counter() + plan.warm_up)
    await asyncio.gather(*(run.repeat(connection) for connection in connections))
    for connection in connections:
        connection.close()
    return run.outcome
