"""Purge old predictions and pictures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from application.ports.database.retention import Due
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store_sweep import ImageStoreSweep
from application.ports.system import Clock
from application.upkeep.retention_rules import RetentionRules
from domain.time_ordered_id import first_uuid_at


@dataclass(kw_only=True)
class PurgeOld:
    """Delete final predictions, or their pictures only, when the time for which they are kept is over.

    The time counts from the moment at which a prediction became final, so that whoever waited long still finds it. What
    is queued or processing stays, and so does a prediction whose webhook is still to be delivered. First the picture is
    announced to go, so that no retry counts on it, then it is deleted, and the row last: what an interruption left is
    due again. Any number of processes may do this at once.

    Args:
        wait: waits for so many seconds; True if the process stops.
    """

    # Few enough that a chunk, which holds up whoever submits a picture to SQLite, takes about ten milliseconds.
    CHUNK: ClassVar[int] = 100
    # Seconds between two chunks. With a fifth, clients that submit notice nothing; with a twentieth, some did.
    PAUSE: ClassVar[float] = 0.2
    # A prediction that became final this much later than younger ones did is found by the next look at all pictures.
    OVERLAP: ClassVar[timedelta] = timedelta(hours=1)
    # Between two looks at all pictures: the rows whose pictures are deleted stay, and are read each time.
    LOOK_AT_ALL: ClassVar[timedelta] = timedelta(days=1)

    rules: RetentionRules
    unit_of_work: UnitOfWork
    images: ImageStoreSweep
    clock: Clock
    wait: Callable[[float], bool]
    _images_done: datetime | None = field(default=None, init=False)
    _looked_at_all: datetime | None = field(default=None, init=False)

    def execute(self) -> int:
        """Purge everything that is due.

        Returns:
            number of predictions that were deleted, or lost their picture.

        Raises:
            DatabaseUnavailable, ImageStoreUnavailable: one of them cannot be reached; the next run completes it.
        """
        return self.purge_predictions() + self.purge_images()

    def purge_predictions(self) -> int:
        """Delete the predictions that are due, with their pictures; returns their number."""
        due = self.rules.due_predictions(self.clock.now())
        return self._purge(due, None) if due else 0

    def purge_images(self) -> int:
        """Delete the pictures that are due, and keep their predictions; returns their number."""
        now = self.clock.now()
        if (due := self.rules.due_images(now)) is None:
            return 0
        after = self._already_done(now)
        count = self._purge(due, after)
        self._images_done = due.finished_before
        if after is None:
            self._looked_at_all = now
        return count

    def _already_done(self, now: datetime) -> UUID | None:
        """Uuid up to which the pictures that are due are deleted; None for a look at all."""
        if self._images_done is None or self._looked_at_all is None or now - self._looked_at_all > self.LOOK_AT_ALL:
            return None
        return first_uuid_at(self._images_done - self.OVERLAP)

    def _purge(self, due: Due, after: UUID | None) -> int:
        count = 0
        while uuids := self._find(due, after):
            count += self._purge_chunk(uuids, due)
            after = uuids[-1]
            if self.wait(self.PAUSE):
                break
        return count

    def _find(self, due: Due, after: UUID | None) -> list[UUID]:
        with self.unit_of_work.read() as committed:
            return [uuid for uuid, _ in committed.retention.due(due, after, self.CHUNK)]

    def _purge_chunk(self, uuids: list[UUID], due: Due) -> int:
        with self.unit_of_work.begin() as tx:
            keys = tx.retention.mark_deleting(uuids, due)
            tx.commit()
        self.images.delete_all(keys)
        with self.unit_of_work.begin() as tx:
            count = tx.retention.mark_deleted(uuids) if due.images_only else tx.retention.delete(uuids, due)
            tx.commit()
        return count
