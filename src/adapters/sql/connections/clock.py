"""The clock that all processes share: the database server's."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from adapters.sql.connections.database import Database
from application.ports.health_check import HealthCheck
from application.ports.system import Clock
from domain.errors import Unavailable

_log = logging.getLogger(__name__)

# Both return a text or a time without a zone, in UTC.
_NOW = {"sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')", "mysql": "SELECT UTC_TIMESTAMP(6)"}
# Interval of reading the database's clock. Good clocks run apart by microseconds meanwhile.
_INTERVAL_SECONDS = 10.0
# Interval while the readings are not exact, since the server or the network is slow.
_INEXACT_INTERVAL_SECONDS = 1.0
# Largest possible error of an exact reading.
_EXACT = timedelta(seconds=0.5)
# The two clocks of a machine run alike, unless one is set or the machine sleeps: then the database is asked again.
_STEP_SECONDS = 1.0
# Difference from this machine's clock from which on its operator is told.
_LARGE = timedelta(seconds=5)


class ClockDiffers(Unavailable):
    """The clock of this machine differs from the database's."""

    code = "clock_differs"


class SharedClock(Clock, HealthCheck):
    """Current time of the database server, in UTC, which is the same for all processes.

    The server is asked when the time is first needed and then at intervals; in between, the monotonic clock counts on
    from its answer. The clock of this machine does not matter. Times may go back a little when the server is asked.

    Args:
        database: the database whose clock it is.
        monotonic, wall: clocks of this machine, in seconds; they can be replaced in tests.
    """

    name = "clock"

    def __init__(
        self,
        database: Database,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._monotonic = monotonic
        self._wall = wall
        # Replaced as a whole, so that threads need no lock.
        self._reading: ClockReading | None = None

    def now(self) -> datetime:
        """Get the current time.

        Raises:
            DatabaseUnavailable: it was not read yet, or this machine's clock was set or slept, and it cannot be read.
        """
        return self._current().time_at(self._monotonic())

    def check(self) -> None:
        """Check that this machine's clock agrees with the database's, as far as the latter is known.

        Raises:
            ClockDiffers: it is off by more than five seconds.
            DatabaseUnavailable: as in `now`.
        """
        if self._reading and (difference := self._current().difference):
            raise difference

    def keep(self, stopping: threading.Event) -> None:
        """Read the database's clock, and wait until it is to be read again or `stopping` is set.

        Raises:
            DatabaseUnavailable: it cannot be read.
        """
        error = self.read().error
        stopping.wait(_INTERVAL_SECONDS if error <= _EXACT else _INEXACT_INTERVAL_SECONDS)

    def read(self) -> "ClockReading":
        """Read the database's clock.

        Returns:
            the reading from which the clock counts on: the new one, or the one before if that is more exact.

        Raises:
            DatabaseUnavailable: it cannot be read.
        """
        new, before = self._ask(), self._reading
        if before and new.error > _EXACT and before.agrees_with(new):
            new = replace(before, wall_ahead=new.wall_ahead)
        self._reading = new
        if new.difference and not (before and before.difference):
            _log.warning("the clock of this machine differs", extra={"reason": new.difference.message})
        return new

    def _current(self) -> "ClockReading":
        reading = self._reading
        if reading is None or abs(self._wall() - self._monotonic() - reading.wall_ahead) > _STEP_SECONDS:
            return self.read()
        return reading

    def _ask(self) -> "ClockReading":
        with self._database.read() as connection:  # connecting takes longer, and is not part of the reading
            query = text(_NOW[connection.dialect.name])
            before = self._monotonic()
            found = connection.execute(query).scalar_one()
            after = self._monotonic()
        time_found = datetime.fromisoformat(str(found)).replace(tzinfo=UTC)
        error = timedelta(seconds=(after - before) / 2)
        return ClockReading(time_found, (before + after) / 2, error, self._wall() - self._monotonic())


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The database's clock, read once.

    Args:
        time: of the database's clock.
        moment: of the monotonic clock at that time, in seconds.
        error: the largest possible difference between the two: half of the time that the reading took.
        wall_ahead: how far this machine's wall clock is ahead of its monotonic clock, in seconds.
    """

    time: datetime
    moment: float
    error: timedelta
    wall_ahead: float

    def time_at(self, moment: float) -> datetime:
        """The database's time at a moment of the monotonic clock."""
        return self.time + timedelta(seconds=moment - self.moment)

    def agrees_with(self, other: "ClockReading") -> bool:
        """True if both may be readings of the same clock, which was not set in between."""
        return abs(self.time_at(other.moment) - other.time) <= self.error + other.error

    @property
    def difference(self) -> ClockDiffers | None:
        """What this machine's wall clock is off by; None if that is little."""
        ahead = datetime.fromtimestamp(self.moment + self.wall_ahead, UTC) - self.time
        if abs(ahead) <= _LARGE + self.error:
            return None
        direction = "ahead of" if ahead > timedelta() else "behind"
        seconds = abs(ahead).total_seconds()
        return ClockDiffers(f"The clock of this machine is {seconds:.1f} s {direction} the database's.")
