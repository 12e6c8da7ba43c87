"""The predictions and pictures that are kept longer than they have to be."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.image import ImageKey


@dataclass(frozen=True, slots=True)
class Due:
    """Condition of the final predictions that are due.

    Args:
        finished_before: they became final at this time or earlier.
        webhooks_before: None where webhooks do not count, as only the picture is deleted. Otherwise a prediction with a
            pending delivery to its webhook is due only if the delivery was made at this time or earlier.
    """

    finished_before: datetime
    webhooks_before: datetime | None = None

    @property
    def images_only(self) -> bool:
        """True if only those are due whose picture is not deleted yet."""
        return self.webhooks_before is None


class Retention(Protocol):
    """Deletion of old predictions and pictures within one transaction.

    An empty sequence sends nothing to the database. Every method raises `DatabaseUnavailable` where the database cannot
    be reached.
    """

    @abstractmethod
    def mark_deleting(self, uuids: Sequence[UUID], due: Due) -> list[ImageKey]:
        """Announce that the pictures of those predictions that are due are about to be deleted.

        From the commit on nobody counts on them: a retry of these predictions is refused.

        Returns:
            keys of the pictures that are to be deleted, also of those that an earlier transaction announced.
        """

    @abstractmethod
    def mark_deleted(self, uuids: Sequence[UUID]) -> int:
        """Note that the announced pictures of these predictions are deleted; returns the number of predictions."""

    @abstractmethod
    def delete(self, uuids: Sequence[UUID], due: Due) -> int:
        """Delete those predictions that are due and whose pictures are announced, with their webhook deliveries.

        Returns:
            the number of predictions that were deleted.
        """


class RetentionReader(Protocol):
    """What retention is about, for reading: the last committed state, without locks.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def due(self, due: Due, after: UUID | None, limit: int) -> list[tuple[UUID, ImageKey]]:
        """List at most `limit` predictions that are due, with the keys of their pictures, in the order of their uuids.

        Args:
            due: condition.
            after: only those with larger uuids; None begins with the oldest of all.
            limit: maximum number of predictions.
        """

    @abstractmethod
    def wanted(self, keys: Sequence[ImageKey]) -> set[ImageKey]:
        """Pick out the pictures that belong to a prediction and are neither deleted nor about to be.

        An empty sequence sends nothing to the database.
        """
