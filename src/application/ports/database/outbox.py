"""The jobs that still have to reach the queue. The rows of the predictions are the outbox."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.access.owner import Owner
from domain.job import Job
from domain.priority import Priority


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose jobs are next.

    Args:
        priorities: of the jobs.
        after: owner that was served last: the turn begins with the next one by name; None for the first one.
    """

    priorities: Sequence[Priority]
    after: Owner | None = None


class OwnedJob(NamedTuple):
    """Job with its owner."""

    owner: Owner
    job: Job


class OutboxReader(Protocol):
    """The committed outbox.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def priorities(self, before: datetime) -> Collection[Priority]:
        """Priorities of the jobs that are queued, not published, and due at `before` or earlier."""

    @abstractmethod
    def count(self, before: datetime) -> int:
        """Number of jobs that are queued, not published, and due at `before` or earlier."""


class Outbox(Protocol):
    """The queued predictions within one transaction, for the relay.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def take_unpublished(self, turn: Turn, before: datetime, limit: int, again_at: datetime) -> list[OwnedJob]:
        """Take at most `limit` jobs that are queued, not published, and due at `before` or earlier.

        Owners take turns, one job a turn; of each the most urgent go first, and of these the longest due. The jobs come
        in this order.

        They become due again at `again_at`, so that two relays do not publish the same jobs. Those that
        another transaction has locked are left out rather than waited for, where the database can.
        """

    @abstractmethod
    def mark_published(self, uuids: Sequence[UUID], at: datetime) -> None:
        """Note that the broker has the jobs of these predictions. Those that are not queued any more stay as they are.

        They are due from then on, if they were not before. An empty sequence sends nothing to the database.
        """

    @abstractmethod
    def forget_published(self, priorities: Sequence[Priority], before: datetime, limit: int, due_at: datetime) -> int:
        """Mark at most `limit` queued predictions that were published at `before` or earlier as unpublished.

        The most urgent are marked first, and of these the longest due.

        Args:
            priorities: those of other priorities stay as they are; none sends nothing to the database.
            before: latest time at which they were published.
            limit: maximum number of predictions.
            due_at: when they are due.

        Returns:
            the number of predictions that were marked.
        """
