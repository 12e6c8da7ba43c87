"""Ports of the clock and the id generator, which tests replace."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """Clock of the system: the same for all its processes, since what one of them stores others compare."""

    @abstractmethod
    def now(self) -> datetime:
        """Get the current time, aware, in UTC, with microseconds.

        Raises:
            DatabaseUnavailable: the time is not known and cannot be found out.
        """


class Ids(Protocol):
    """Generator of unique ids."""

    @abstractmethod
    def new(self) -> UUID:
        """Generate a new uuid; later ones sort after earlier ones (UUIDv7, RFC 9562)."""
