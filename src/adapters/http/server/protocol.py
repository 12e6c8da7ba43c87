"""Uvicorn's HTTP protocol, within limits of a connection's size and time."""

import asyncio
from typing import Any

import httptools
from uvicorn import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.server import ServerState

from adapters.http.requests.request_errors import HeadersTooLarge, HeaderTimeout, MalformedRequest
from adapters.http.server.closing_protocol import ClosingProtocol
from adapters.http.server.connection_guard import ConnectionGuard
from adapters.http.server.request_head import fault_of, split_absolute, without_upgrade
from domain.errors import PredictorError

# Endpoints with these methods read no body. It is thrown away on arrival instead of waiting in memory.
_WITHOUT_BODY = ("GET", "HEAD")


class _Stop(Exception):
    """Ends the parsing of what was received."""


class GuardedProtocol(ClosingProtocol):
    """A connection of a client that may be hostile.

    - The head of a request is bounded in size and in time, and so is whatever else brings the request no further:
      blank lines, chunk extensions, trailers. A trailer never counts as a header.
    - What is no clear HTTP is refused with problem JSON.
    - A client that does not read its answer is cut off.
    - A wish for another protocol is ignored.

    Args:
        guard: of all connections of the process.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        guard: ConnectionGuard,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop, guard=guard)
        self._fault: PredictorError | None = None
        self._begun = self._upgrades = False  # a head was begun; the request asks for another protocol
        # The data that just arrived: it ended a head or brought a part of a body; bytes of bodies in it.
        self._advanced, self._payload = False, 0
        self._unfinished = 0  # bytes since the request advanced
        self._since: float | None = None  # time since which the rest of a head is awaited

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._guard.admit(self, self.connections, self.loop)  # type: ignore[arg-type]  # all are of this class

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            self._throw_away(len(data))
            return
        self._unset_keepalive_if_required()
        self._advanced, self._payload, size = False, 0, len(data)
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self._refuse_or_stop(self._fault or MalformedRequest())
        else:
            self._measure(size)

    def _parse(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as pause:
                data = self._without_upgrade() + data[pause.args[0] :]
            else:
                return

    def _without_upgrade(self) -> bytes:
        self._upgrades = False
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT":
            raise httptools.HttpParserError
        self.parser = httptools.HttpRequestParser(self)  # the old one takes "close" for the end of everything
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return without_upgrade(method, self.url, version, self.headers)

    def _measure(self, size: int) -> None:
        """Keep the limits of what is not a body, after `size` bytes were parsed."""
        if not self._advanced:
            self._unfinished += size
        else:
            self._unfinished = size - self._payload if self._begun else 0
        if self._in_body:
            self._guard.waits_for(self)
        if self._unfinished > self._limits.max_header_bytes:
            self._refuse_or_stop(HeadersTooLarge())
        elif self._in_body or not self._unfinished:
            self._since = None
        elif self._since is None or self._unfinished == size:  # these are the first bytes
            self._since = self.loop.time()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun = True

    def on_headers_complete(self) -> None:
        self._fault = fault_of(self.url, self.headers, self.parser.get_http_version(), self._limits)
        if self._fault:
            raise _Stop
        if not self.url.startswith(b"/") and self.url != b"*":
            self._take_absolute()
        if len(self.pipeline) >= self._limits.MAX_PIPELINED:
            self._stop_after_answers()
            raise _Stop
        self._begun, self._in_body, self._advanced = False, True, True
        self._upgrades = self.parser.should_upgrade()
        if self._upgrades:
            return
        self._guard.goes_on(self)
        super().on_headers_complete()
        self.headers = []  # the request has its own; what the parser adds from here on are trailers

    def _take_absolute(self) -> None:
        target = split_absolute(self.url)
        if target is None:
            raise _Stop
        host, self.url = target
        self.headers[:] = [(b"host", host), *(header for header in self.headers if header[0] != b"host")]

    def on_body(self, body: bytes) -> None:
        self._advanced = True
        self._payload += len(body)
        if self.scope["method"] in _WITHOUT_BODY:
            return
        super().on_body(body)
        if self.pipeline and len(self.cycle.body) > HIGH_WATER_LIMIT:
            self._stop_after_answers()  # nobody reads the body before the earlier requests are answered
            raise _Stop

    def on_message_complete(self) -> None:
        self._in_body, self._advanced = False, True
        self._guard.goes_on(self)
        if not self._upgrades:
            super().on_message_complete()

    def look(self, now: float) -> None:
        """Close if the time for a head, or the time for the client to take an answer, is over."""
        super().look(now)
        if self._since is None or self._is_answering or now - self._since <= self._limits.header_timeout:
            return
        if self._unfinished:
            self.refuse(HeaderTimeout())
        else:
            self.give_way()
