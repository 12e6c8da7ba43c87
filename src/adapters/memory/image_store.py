"""Image store in a dictionary."""

from collections.abc import Mapping

from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageMissing, ImageStore
from application.ports.image_store_setup import ImageStoreSetup
from domain.errors import ImageStoreUnavailable
from domain.image import ImageKey


class MemoryImageStore(ImageStore, ImageStoreSetup, HealthCheck):
    """Keeps pictures for the life of the object.

    Args:
        is_marked: True if the store is set up already.
    """

    name = "image_store"
    location = "memory"

    def __init__(self, *, is_marked: bool = True) -> None:
        self._images: dict[ImageKey, bytes] = {}
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

    def __len__(self) -> int:
        return len(self._images)
