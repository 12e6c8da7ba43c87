"""Clock and ids for tests."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from application.ports.system import Clock, Ids


class FixedClock(Clock):
    """Clock that stands still until `advance` is called."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self._now += by


class SequentialIds(Ids):
    """Uuids that count up from one."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> UUID:
        self._last += 1
        return UUID(int=self._last)
