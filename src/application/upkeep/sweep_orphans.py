"""Sweep orphans, the pictures without a prediction."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store_sweep import ImageStoreSweep, StoredImage
from application.ports.system import Clock
from domain.image import ImageKey
from domain.time_ordered_id import time_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep found.

    Args:
        images: number of orphans.
        size: of all of them, in bytes.
        left: number of those that were left alone, since a folder had suspiciously many.
    """

    images: int = 0
    size: int = 0
    left: int = 0

    def plus(self, orphans: Sequence[StoredImage], *, are_left: bool = False) -> "Sweep":
        """This one and the orphans of another folder."""
        size = sum(orphan.size for orphan in orphans)
        return Sweep(self.images + len(orphans), self.size + size, self.left + (len(orphans) if are_left else 0))


@dataclass(frozen=True, kw_only=True)
class SweepOrphans:
    """Delete the pictures that no prediction has any more, folder by folder.

    A process that died between storing a picture and inserting its row leaves one, and so does an insertion of which
    nobody knows whether it took effect. A picture of which either its uuid or the store says that it is young is never
    taken, since its row may be on its way. What has not the name of a picture is not looked at.

    Args:
        wait: waits for so many seconds; True if the process stops.
    """

    # Pictures looked for in one query.
    CHUNK: ClassVar[int] = 500
    # Seconds between two folders.
    PAUSE: ClassVar[float] = 0.05
    # A row comes within a few timeouts of half a minute after its picture, or not at all.
    MIN_AGE: ClassVar[timedelta] = timedelta(hours=1)
    # More orphans in a folder, which stands for 17 minutes, no crash leaves: the database was restored from a backup,
    # or another system has its pictures here.
    MOST_IN_FOLDER: ClassVar[int] = 500

    unit_of_work: UnitOfWork
    images: ImageStoreSweep
    clock: Clock
    wait: Callable[[float], bool]

    def count(self) -> Sweep:
        """Count the orphans; changes nothing.

        Raises:
            DatabaseUnavailable, ImageStoreUnavailable: one of them cannot be reached.
        """
        found = Sweep()
        for orphans in self._by_folder(self.MIN_AGE):
            found = found.plus(orphans)
        return found

    def execute(self, min_age: timedelta = MIN_AGE, most_in_folder: int | None = None) -> Sweep:
        """Delete the orphans.

        Args:
            min_age: younger ones stay; `MIN_AGE` where that is longer.
            most_in_folder: folders with more orphans are left alone; None for no such limit.

        Raises:
            DatabaseUnavailable, ImageStoreUnavailable: one of them cannot be reached; the next run completes it.
        """
        found = Sweep()
        for orphans in self._by_folder(max(min_age, self.MIN_AGE)):
            are_left = most_in_folder is not None and len(orphans) > most_in_folder
            found = found.plus(orphans, are_left=are_left)
            if are_left:
                facts = {"folder": orphans[0].key.folder, "count": len(orphans)}
                _log.warning("folder left alone: too many pictures without a prediction", extra=facts)
            else:
                self.images.delete_all([orphan.key for orphan in orphans])
            if self.wait(self.PAUSE):
                break
        return found

    def _by_folder(self, min_age: timedelta) -> Iterator[list[StoredImage]]:
        """The orphans of each folder that may have old ones."""
        before = self.clock.now() - min_age
        for folder in self.images.folders():
            if not ImageKey.is_folder_after(folder, before):
                yield [orphan for chunk in self._chunks(folder, before) for orphan in self._orphans(chunk, before)]

    def _chunks(self, folder: str, before: datetime) -> Iterator[list[ImageKey]]:
        old = [key for key in self.images.images_in(folder) if _is_old(key, before)]
        return (old[first : first + self.CHUNK] for first in range(0, len(old), self.CHUNK))

    def _orphans(self, keys: Sequence[ImageKey], before: datetime) -> list[StoredImage]:
        with self.unit_of_work.read() as committed:
            wanted = committed.retention.wanted(keys)
        unwanted = self.images.look_at([key for key in keys if key not in wanted])
        return [image for image in unwanted if image.stored_at <= before]


def _is_old(key: ImageKey, before: datetime) -> bool:
    submitted_at = time_of(key.prediction) if key.prediction else None
    return submitted_at is not None and submitted_at <= before
