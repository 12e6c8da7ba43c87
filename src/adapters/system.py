"""Clock of the machine, and time-ordered ids."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from application.ports.system import Clock, Ids


class SystemClock(Clock):
    """Current time of the machine, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TimeOrderedIds(Ids):
    """Uuids of version 7 (RFC 9562): sorted by time, so that a primary key grows at its end only."""

    def new(self) -> UUID:
        return uuid7()
