"""Count what retention would delete."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.ports.database.retention import Due
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store_sweep import ImageStoreSweep
from application.ports.system import Clock
from application.upkeep.retention_rules import RetentionRules
from domain.image import ImageKey

_Entries = Iterator[tuple[UUID, ImageKey]]


@dataclass(frozen=True, slots=True)
class DueCount:
    """What is due.

    Args:
        predictions: number of predictions that are due.
        images: number of their pictures that are there.
        size: of these pictures, in bytes.
    """

    predictions: int = 0
    images: int = 0
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class CountDue:
    """Count the predictions and pictures that are kept longer than they have to be; changes nothing."""

    # Predictions in one query.
    CHUNK: ClassVar[int] = 500

    rules: RetentionRules
    unit_of_work: UnitOfWork
    images: ImageStoreSweep
    clock: Clock

    def execute(self) -> tuple[DueCount, DueCount]:
        """Count the predictions that are due, and the other predictions whose pictures are.

        Raises:
            DatabaseUnavailable, ImageStoreUnavailable: one of them cannot be reached.
        """
        now = self.clock.now()
        predictions, images = self.rules.due_predictions(now), self.rules.due_images(now)
        images_only = _without(self._entries(images), self._entries(predictions))
        return self._count(self._entries(predictions)), self._count(images_only)

    def _entries(self, due: Due | None) -> _Entries:
        after = None
        while due and (chunk := self._find(due, after)):
            yield from chunk
            after, _ = chunk[-1]

    def _find(self, due: Due, after: UUID | None) -> list[tuple[UUID, ImageKey]]:
        with self.unit_of_work.read() as committed:
            return committed.retention.due(due, after, self.CHUNK)

    def _count(self, entries: _Entries) -> DueCount:
        predictions = images = size = 0
        keys: list[ImageKey] = []
        for _, key in entries:
            predictions += 1
            keys.append(key)
            if len(keys) == self.CHUNK:
                seen = self.images.look_at(keys)
                images, size, keys = images + len(seen), size + sum(image.size for image in seen), []
        seen = self.images.look_at(keys)
        return DueCount(predictions, images + len(seen), size + sum(image.size for image in seen))


def _without(entries: _Entries, others: _Entries) -> _Entries:
    """The entries that are not among the others; both come in the order of their uuids."""
    other = next(others, None)
    for entry in entries:
        while other and other[0] < entry[0]:
            other = next(others, None)
        if other is None or other[0] != entry[0]:
            yield entry
