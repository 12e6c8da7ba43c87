"""Receive and parse request bodies within limits of size, time and memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from adapters.http.requests.body_budget import BodyBudget, Share
from adapters.http.requests.http_limits import HttpLimits
from adapters.http.requests.request_errors import BodyIncomplete, ReceiveTimeout, TooManyBodies
from domain.errors import InvalidInput

T = TypeVar("T")

# A client is sent away as soon as it has been slower on average than any network, a connection's first seconds aside.
_BYTES_PER_SECOND = 1024
_FIRST_SECONDS = 10.0
# Parsing so many bytes takes less than a millisecond; handing them to a thread and back takes a fifth of one.
_PARSED_AT_ONCE = 262_144
# Both hold the interpreter while they parse: more would only hold more memory.
_THREADS = 2


class RequestBodies:
    """Receives and parses request bodies.

    Args:
        limits: of each body, and of all together.
    """

    def __init__(self, limits: HttpLimits) -> None:
        self.limits = limits
        self.budget = BodyBudget(limits.max_bytes_of_bodies)
        self._threads = ThreadPoolExecutor(_THREADS, "parse")

    @asynccontextmanager
    async def received(self, request: Request, max_bytes: int, too_large: InvalidInput) -> AsyncIterator[bytes]:
        """Receive the whole body, and count it as held until the context is left.

        The size is counted on arrival, so that a body without Content-Length is limited too.

        Args:
            max_bytes: maximum size; checked against Content-Length before anything is read.
            too_large: the error to raise for a larger body.

        Raises:
            InvalidInput: `too_large`, if the body is larger than `max_bytes`.
            ReceiveTimeout: it took longer than `limits.receive_timeout`, or came too slowly.
            BodyIncomplete: the client disconnected.
            TooManyBodies: all bodies together are too large.
        """
        if _declared_length(request) > max_bytes:
            raise too_large
        with self.budget.share() as share:
            body = await self._receive(request, share, max_bytes, too_large)
            share.give_way = None
            yield body

    async def _receive(self, request: Request, share: Share, max_bytes: int, too_large: InvalidInput) -> bytes:
        try:
            async with asyncio.timeout(self.limits.receive_timeout.total_seconds()) as timeout:
                return await self._collect(request, share, timeout, max_bytes, too_large)
        except TimeoutError:
            raise TooManyBodies if share.is_displaced else ReceiveTimeout from None
        except ClientDisconnect:
            raise BodyIncomplete from None

    async def _collect(
        self, request: Request, share: Share, timeout: asyncio.Timeout, max_bytes: int, too_large: InvalidInput
    ) -> bytes:
        loop, pieces, size = asyncio.get_running_loop(), list[bytes](), 0
        last, first = timeout.when() or 0.0, loop.time() + _FIRST_SECONDS
        share.give_way = lambda: _end(timeout, loop.time())
        try:
            async for piece in request.stream():
                share.grow(len(piece))
                pieces.append(piece)
                size += len(piece)
                if size > max_bytes:
                    raise too_large
                timeout.reschedule(min(last, first + size / _BYTES_PER_SECOND))
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        finally:
            pieces.clear()  # an error refers to this frame, and lives until the client has the answer

    async def parse(self, parse: Callable[[], T], size: int) -> T:
        """Parse a body where it holds up no other request.

        Args:
            parse: does it.
            size: of the body, in bytes.

        Raises:
            Exception: what `parse` raises.
        """
        if size <= _PARSED_AT_ONCE:
            return parse()
        return await asyncio.get_running_loop().run_in_executor(self._threads, parse)


def _end(timeout: asyncio.Timeout, now: float) -> None:
    with suppress(RuntimeError):  # it is over already
        timeout.reschedule(now)


def _declared_length(request: Request) -> int:
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else 0
