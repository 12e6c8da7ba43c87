"""Image store in a dictionary."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageMissing, ImageStore
from application.ports.image_store_setup import ImageStoreSetup
from application.ports.image_store_sweep import ImageStoreSweep, StoredImage
from domain.errors import ImageStoreUnavailable
from domain.image import ImageKey


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MemoryImageStore(ImageStore, ImageStoreSetup, ImageStoreSweep, HealthCheck):
    """Keeps pictures for the life of the object.

    Args:
        is_marked: True if the store is set up already.
        now: the store's clock.
    """

    name = "image_store"
    location = "memory"

    def __init__(self, *, is_marked: bool = True, now: Callable[[], datetime] = _utc_now) -> None:
        self._images: dict[ImageKey, bytes] = {}
        self._stored_at: dict[ImageKey, datetime] = {}
        self._now = now
        self.is_marked = is_marked
        self._away: tuple[dict[ImageKey, bytes], bool] | None = None

    def take_away(self) -> None:
        """Leave an empty place, as a lost mount does, until `bring_back` is called."""
        self._away = self._images, self.is_marked
        self._images, self.is_marked = {}, False

    def bring_back(self) -> None:
        """End what `take_away` began; what came to the empty place is lost."""
        assert self._away is not None
        self._images, self.is_marked = self._away

    def is_set_up(self) -> bool:
        return self.is_marked

    def has_pictures(self) -> bool:
        return bool(self._images)

    def set_up(self) -> None:
        self.is_marked = True

    def check(self) -> None:
        if not self.is_marked:
            raise ImageStoreUnavailable

    def put(self, key: ImageKey, data: bytes) -> None:
        self.check()
        self._images[key] = bytes(data)
        self._stored_at[key] = self._now()

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        for key, data in images.items():
            self.put(key, data)

    def get(self, key: ImageKey) -> bytes:
        try:
            return self._images[key]
        except KeyError:
            self.check()
            raise ImageMissing from None

    def delete(self, key: ImageKey) -> None:
        self.check()
        self._images.pop(key, None)

    def folders(self) -> list[str]:
        self.check()
        return sorted({key.folder for key in self._images})

    def images_in(self, folder: str) -> list[ImageKey]:
        self.check()
        return sorted((key for key in self._images if key.folder == folder), key=str)

    def look_at(self, keys: Sequence[ImageKey]) -> list[StoredImage]:
        if not keys:
            return []
        self.check()
        found = [key for key in keys if key in self._images]
        return [StoredImage(key, len(self._images[key]), self._stored_at[key]) for key in found]

    def delete_all(self, keys: Sequence[ImageKey]) -> None:
        for key in keys:
            self.delete(key)

    def __len__(self) -> int:
        return len(self._images)
