"""Receive and parse request bodies within limits of size, time and memory."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from adapters.http.requests.body_budget import BodyBudget
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
        self._seconds = limits.receive_timeout.total_seconds()
        self._threads = ThreadPoolExecutor(_THREADS, "parse")

    def received(self, request: Request, max_bytes: int, too_large: InvalidInput) -> "BodyReceipt":
        """Receive the whole body with `async with`. It counts as held until the context is left.

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
        return BodyReceipt(request, self.budget, self._seconds, max_bytes, too_large)

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


class BodyReceipt:
    """The receipt of one body, as `RequestBodies.received` describes it."""

    def __init__(
        self, request: Request, budget: BodyBudget, seconds: float, max_bytes: int, too_large: InvalidInput
    ) -> None:
        self._request, self._max_bytes, self._too_large = request, max_bytes, too_large
        self._seconds = seconds
        self._share = budget.share()

    async def __aenter__(self) -> bytes:
        if _declared_length(self._request) > self._max_bytes:
            raise self._too_large
        try:
            return await self._receive()
        except BaseException:
            self._share.give_back()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._share.give_back()

    async def _receive(self) -> bytes:
        try:
            async with asyncio.timeout(min(self._seconds, _FIRST_SECONDS)) as timeout:
                return await self._collect(timeout)
        except TimeoutError:
            raise TooManyBodies if self._share.is_displaced else ReceiveTimeout from None
        except ClientDisconnect:
            raise BodyIncomplete from None
        finally:
            self._share.give_way = None

    async def _collect(self, timeout: asyncio.Timeout) -> bytes:
        loop, pieces, size = asyncio.get_running_loop(), list[bytes](), 0
        began = loop.time()
        share, due = self._share, timeout.when()
        share.give_way = lambda: _end(timeout, loop.time())
        try:
            async for piece in self._request.stream():
                share.grow(len(piece))
                pieces.append(piece)
                size += len(piece)
                if size > self._max_bytes:
                    raise self._too_large
                later = began + min(self._seconds, _FIRST_SECONDS + size / _BYTES_PER_SECOND)
                if later != due:
                    timeout.reschedule(due := later)
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        finally:
            pieces.clear()  # an error refers to this frame, and lives until the client has the answer


def _end(timeout: asyncio.Timeout, now: float) -> None:
    with suppress(RuntimeError):  # it is over already
        timeout.reschedule(now)


def _declared_length(request: Request) -> int:
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else 0
