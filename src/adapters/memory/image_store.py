"""Image store in a dictionary."""

from collections.abc import Mapping

from application.ports.image_store import ImageMissing, ImageStore
from domain.image import ImageKey


class MemoryImageStore(ImageStore):
    """Keeps pictures for the life of the object."""

    def __init__(self) -> None:
        self._images: dict[ImageKey, bytes] = {}

    def put(self, key: ImageKey, data: bytes) -> None:
        self._images[key] = bytes(data)

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        for key, data in images.items():
            self.put(key, data)

    def get(self, key: ImageKey) -> bytes:
        try:
            return self._images[key]
        except KeyError:
            raise ImageMissing from None

    def delete(self, key: ImageKey) -> None:
        self._images.pop(key, None)

    def __len__(self) -> int:
        return len(self._images)
