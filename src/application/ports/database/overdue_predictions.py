"""The predictions whose time is over."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from domain.prediction import Prediction


class OverduePredictions(Protocol):
    """The overdue predictions within one transaction. No other transaction changes a locked one until this one ends.

    Those that another transaction has locked are left out rather than waited for, where the database can. Every method
    raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def lock_stalled(self, before: datetime, limit: int) -> list[Prediction]:
        """Lock at most `limit` predictions whose lease ran out at `before` or earlier, the longest overdue first."""

    @abstractmethod
    def lock_expired(self, before: datetime, limit: int) -> list[Prediction]:
        """Lock at most `limit` queued predictions that expired at `before` or earlier, the longest expired first."""
