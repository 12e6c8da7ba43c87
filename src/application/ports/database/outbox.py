"""The jobs that are on their way to the queue. The rows of the predictions are the outbox."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.job import Job


class Outbox(Protocol):
    """The queued predictions, as the relay sees them, within one transaction.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def take_unpublished(self, before: datetime, limit: int, again_at: datetime) -> list[Job]:
        """At most `limit` jobs that are queued, not published, and due at `before` or earlier, the oldest first.

        They become due again at `again_at`, so that two relays do not publish the same jobs. Those that
        another transaction holds are left out rather than waited for, where the database can.
        """
        ...

    @abstractmethod
    def mark_published(self, uuids: Sequence[UUID], at: datetime) -> None:
        """The broker has the jobs of these predictions. Those that are not queued any more stay as they are."""
        ...

    @abstractmethod
    def forget_published(self, before: datetime, limit: int, due_at: datetime) -> int:
        """Take at most `limit` queued predictions that were published at `before` or earlier for unpublished.

        They are due at `due_at`.

        Returns:
            how many these are.
        """
        ...
