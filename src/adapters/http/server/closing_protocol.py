"""Uvicorn's HTTP protocol, with the ways in which a connection ends."""

import asyncio
from typing import Any

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from adapters.http.requests.request_errors import TooManyConnections
from adapters.http.responses.problem_json import problem_response
from adapters.http.server.connection_guard import ConnectionGuard
from domain.errors import PredictorError


class ClosingProtocol(HttpToolsProtocol):
    """A connection that can be refused, with an answer that arrives, and that a client cannot hold by not reading.

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
        super().__init__(config, server_state, app_state, _loop)
        self._guard, self._limits = guard, guard.limits
        self._is_deaf = False  # whatever arrives is thrown away
        self._thrown_away = 0  # bytes
        self._running: RequestResponseCycle | None = None
        self._in_body = False  # the body of the last request is arriving
        self._deliveries = 0  # each time that the client has taken what was written
        self._seen_deliveries, self._undelivered_since = 0, 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        self._guard.is_lost(self)
        if self._running is not None:  # Uvicorn tells only the request that arrived last
            self._end(self._running)
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
        self._running = cycle
        super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]

    def on_response_complete(self) -> None:
        self._deliveries += 1
        super().on_response_complete()
        self._note_idle()

    def pause_writing(self) -> None:
        self._guard.waits_for(self)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._deliveries += 1
        self._guard.goes_on(self)
        super().resume_writing()
        self._note_idle()

    def _note_idle(self) -> None:
        is_busy = self.cycle is None or not self.cycle.response_complete or self.flow.write_paused
        if not is_busy and not self.transport.is_closing():
            self._guard.waits_for(self)

    @property
    def _is_answering(self) -> bool:
        return self._running is not None and not self._running.response_complete

    # Ending

    def _refuse_or_stop(self, error: PredictorError) -> None:
        """Refuse what was received, but not in the middle of an answer."""
        if self._is_deaf:
            return
        if not self._is_answering:
            self.refuse(error)
        elif self._receives_only:
            self._end(self.cycle)  # its body is at fault: it gets this answer and no other
            self.refuse(error)
        else:
            self._stop_after_answers()

    @property
    def _receives_only(self) -> bool:
        """True while the body of the only request arrives and no answer to it was begun."""
        return self._in_body and self._running is self.cycle and not self.cycle.response_started

    def _end(self, request: RequestResponseCycle) -> None:
        if not request.response_complete:
            request.disconnected = True
            request.message_event.set()

    def give_way(self) -> None:
        """Close in favour of another connection."""
        if self._receives_only:
            self._refuse_or_stop(TooManyConnections())
        elif self._is_answering or self.transport.get_write_buffer_size():
            self.abort()
        else:
            self.connections.discard(self)
            self.transport.close()

    def _stop_after_answers(self) -> None:
        """Receive nothing more, and close the connection after the answers to the requests that are whole.

        A client that sends the next request before the last answer has to expect that (RFC 9112, 9.3.2).
        """
        self._is_deaf = True
        if self._in_body and self.pipeline:
            self.pipeline.popleft()
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last is not None:
            last.keep_alive = False

    def refuse(self, error: PredictorError) -> None:
        """Answer with a problem and close, after a while in which the client can read the answer."""
        self._is_deaf = True
        if self.transport.is_closing():
            return
        response = problem_response(error)
        headers = [*self.server_state.default_headers, *response.raw_headers, (b"connection", b"close")]
        lines = [STATUS_LINE[response.status_code], *(b"%b: %b\r\n" % header for header in headers), b"\r\n"]
        self.transport.write(b"".join(lines) + bytes(response.body))
        self._linger()

    def _throw_away(self, size: int) -> None:
        self._thrown_away += size
        if self._thrown_away > self._limits.LINGER_BYTES:
            self.flow.pause_reading()

    def _linger(self) -> None:
        self.connections.discard(self)
        self._guard.lingers(self, until=self.loop.time() + self._limits.LINGER_SECONDS)
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def abort(self) -> None:
        """Close at once."""
        self.connections.discard(self)
        self.transport.abort()

    def look(self, now: float) -> None:
        """Close if the time for the client to take what was written is over."""
        if self._seen_deliveries != self._deliveries or not self.transport.get_write_buffer_size():
            self._seen_deliveries, self._undelivered_since = self._deliveries, now
        elif now - self._undelivered_since > self._limits.write_timeout:
            self._guard.log.warning("client does not read its answer")
            self.abort()
