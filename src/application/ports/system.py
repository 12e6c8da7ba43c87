"""Time and ids, so that a test can choose them."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """The time of day."""

    @abstractmethod
    def now(self) -> datetime:
        """The current time, aware, in UTC, to the microsecond."""
        ...


class Ids(Protocol):
    """A source of new ids."""

    @abstractmethod
    def new(self) -> UUID:
        """A uuid that was never given before. Later ones sort after earlier ones (UUIDv7, RFC 9562)."""
        ...
