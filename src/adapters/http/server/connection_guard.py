"""What the connections of a process share: their number, the order in which they give way, and a look at each."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection
from typing import Protocol

from adapters.http.requests.request_errors import TooManyConnections
from adapters.http.responses.throttled_log import ThrottledLog
from adapters.http.server.connection_limits import ConnectionLimits
from domain.errors import PredictorError

# The times that are kept are some seconds long, and a look at a thousand connections takes less than a millisecond.
_LOOK_SECONDS = 1.0


class Connection(Protocol):
    """A connection, as the guard sees it."""

    def refuse(self, error: PredictorError) -> None:
        """Answer with a problem and close, after a while in which the client can read the answer."""

    def give_way(self) -> None:
        """Close in favour of another connection."""

    def abort(self) -> None:
        """Close at once."""

    def look(self, now: float) -> None:
        """Close if a time is over."""


class ConnectionGuard:
    """Keeps the number of connections and their times.

    A new connection above the limit takes the place of the one that has been waited for the longest: it is silent, or
    idle, or sends a request or reads an answer slowly. Only if none is waited for, the new one is refused.

    Args:
        limits: to keep.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.log = ThrottledLog(logging.getLogger(__name__))
        self._waited_for: OrderedDict[Connection, None] = OrderedDict()
        self._lingering: OrderedDict[Connection, float] = OrderedDict()
        self._looking = False

    def admit(self, new: Connection, everyone: Collection[Connection], loop: asyncio.AbstractEventLoop) -> None:
        """Take in a new connection, at the cost of another one or not at all if there are too many.

        Args:
            everyone: all connections, with the new one.
        """
        if not self._looking:
            self._looking = True
            loop.call_later(_LOOK_SECONDS, self._look, everyone, loop)
        self._waited_for[new] = None
        if len(everyone) <= self.limits.max_connections:
            return
        self.log.warning("too many connections", limit=self.limits.max_connections)
        longest = next(iter(self._waited_for))
        self.is_lost(longest)
        if longest is new:
            new.refuse(TooManyConnections())
        else:
            longest.give_way()

    def waits_for(self, connection: Connection) -> None:
        """Note that the client has to send or to read something before anything goes on."""
        self._waited_for.setdefault(connection, None)

    def goes_on(self, connection: Connection) -> None:
        """Note that the client did."""
        self._waited_for.pop(connection, None)

    def lingers(self, connection: Connection, until: float) -> None:
        """Note a connection that was refused; it is closed at that time."""
        self.is_lost(connection)
        self._lingering[connection] = until
        if len(self._lingering) > self.limits.MAX_LINGERING:
            longest, _ = self._lingering.popitem(last=False)
            longest.abort()

    def is_lost(self, connection: Connection) -> None:
        """Forget a connection."""
        self._waited_for.pop(connection, None)
        self._lingering.pop(connection, None)

    def _look(self, everyone: Collection[Connection], loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self._looking = bool(everyone or self._lingering)
        if self._looking:
            loop.call_later(_LOOK_SECONDS, self._look, everyone, loop)
        for connection in [each for each, until in self._lingering.items() if now >= until]:
            connection.abort()
        for connection in list(everyone):
            connection.look(now)
