"""Clients that send more than the service can do, and cost little themselves."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import uvloop

# After so many seconds a client gives up, as the worst of real ones do.
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class FloodPlan:
    """Requests by the clock, whether answers come or not.

    Args:
        url: of the server.
        requests: whole HTTP requests, sent in turn.
        rate: requests a second.
        seconds: how long.
    """

    url: str
    requests: Sequence[bytes]
    rate: float
    seconds: float


@dataclass(slots=True)
class FloodOutcome:
    """Answers of a flood.

    Args:
        statuses: number of answers by their status; 0 for none.
        refused_in: seconds of each refusal.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    refused_in: list[float] = field(default_factory=list)


class Flood:
    """The process of the clients; use it as a context."""

    def __init__(self) -> None:
        self._process = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.shutdown()

    def begin(self, plan: FloodPlan) -> "Future[FloodOutcome]":
        """Begin to send; the result comes when every request is answered or given up."""
        return self._process.submit(_flood, plan)


def post_image(data: bytes, *headers: str) -> bytes:
    """The request that submits an encoded picture."""
    lines = ["POST /inference/image HTTP/1.1", "Host: 127.0.0.1", "Content-Type: image/jpeg", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode() + data


def _flood(plan: FloodPlan) -> FloodOutcome:
    return uvloop.run(_Clients(plan).run())


class _Clients:
    """A connection for each request under way; those that the server keeps are used again."""

    def __init__(self, plan: FloodPlan) -> None:
        self._plan = plan
        self._outcome = FloodOutcome()
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def run(self) -> FloodOutcome:
        began, requests, tasks = time.monotonic(), itertools.cycle(self._plan.requests), set[asyncio.Task[None]]()
        for number in range(int(self._plan.rate * self._plan.seconds)):
            await asyncio.sleep(max(0.0, began + number / self._plan.rate - time.monotonic()))
            task = asyncio.create_task(self._post(next(requests)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        for _, writer in self._idle:
            writer.close()
        return self._outcome

    async def _post(self, request: bytes) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE):
                status = await self._ask(request)
        except (OSError, EOFError, TimeoutError):
            status = 0
        self._outcome.statuses[status] += 1
        if status not in (0, 202):
            self._outcome.refused_in.append(time.monotonic() - began)

    async def _ask(self, request: bytes) -> int:
        address = urlsplit(self._plan.url)
        reader, writer = (
            self._idle.pop() if self._idle else await asyncio.open_connection(address.hostname, address.port)
        )
        kept = False
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
            await reader.readexactly(int(lines.get(b"content-length", b"0")))
            kept = lines.get(b"connection") != b"close"
            return int(head[9:12])
        finally:
            if kept:
                self._idle.append((reader, writer))
            else:
                writer.close()
