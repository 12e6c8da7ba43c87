"""ASGI middleware for every request: paths, HEAD, headers of every answer, unexpected errors and unread bodies."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.responses.problem_json import internal_error, refusal
from domain.errors import Unavailable

_log = logging.getLogger(__name__)

# A photograph straight from a telephone, as base64, fits: its sender learns why it is refused.
LINGER_BYTES = 8 * 1024 * 1024
LINGER_SECONDS = 5.0

_NOSNIFF = (b"x-content-type-options", b"nosniff")
_RESOURCE_POLICY = b"cross-origin-resource-policy"
# No page of another origin may embed an answer, say a picture, and no process of the browser that shows one gets it.
_OWN_PAGES_ONLY = (_RESOURCE_POLICY, b"same-origin")
_CLOSE = (b"connection", b"close")


class EdgeMiddleware:
    """The outermost middleware of the application.

    - A path means the same with and without a trailing slash; nothing is redirected.
    - HEAD is answered like GET; the server leaves the body out.
    - An unexpected error is logged and answered with problem JSON that gives no details; a lack of memory is expected,
      and the client may try again.
    - If the answer comes before the request body was read to the end, the connection is closed: otherwise the
      server would have to read the rest, however long, to find the next request. A limited part of the rest is
      discarded first, so that the answer arrives (lingering close).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        try:
            await self._app(_normalised(scope), exchange.receive, exchange.send)
        except Exception as error:
            if exchange.started:  # too late for another answer; the server cuts the connection
                raise
            await _answer_to(error)(scope, exchange.receive, exchange.send)


def _answer_to(error: Exception) -> Response:
    if isinstance(error, MemoryError):
        return refusal(Unavailable())
    _log.error("request failed", exc_info=error)
    return internal_error()


class _Exchange:
    """One request and its response; keeps whether the response started and a part of the body is unread."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._body_pending = _has_body(scope["headers"])
        self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._body_pending = message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            given = message.get("headers", ())
            policy = () if any(name == _RESOURCE_POLICY for name, _ in given) else (_OWN_PAGES_ONLY,)
            closing = (_CLOSE,) if self._body_pending else ()
            message = {**message, "headers": [*given, _NOSNIFF, *policy, *closing]}
        if message["type"] == "http.response.body" and self._body_pending and not message.get("more_body"):
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _linger(self) -> None:
        """Discard up to `LINGER_BYTES` of the unread body before the connection is closed (RFC 9112, 9.6).

        Most clients read only after they have sent: they would see a reset connection and no answer.
        """
        left = LINGER_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while self._body_pending and left > 0:
                    message = await self.receive()
                    left -= len(message.get("body", b""))


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)


def _normalised(scope: Scope) -> Scope:
    path: str = scope["path"]
    if path.endswith("/") and path != scope.get("root_path", "") + "/":
        path = path[:-1]
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    return {**scope, "path": path, "method": method}
