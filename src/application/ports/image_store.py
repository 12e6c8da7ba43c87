"""Port of the storage of encoded pictures."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from domain.errors import PredictorError
from domain.image import ImageKey


class ImageMissing(PredictorError):
    """The image is no longer in the image store."""

    code = "image_missing"


class ImageStore(Protocol):
    """Storage of encoded pictures by key.

    Every method raises `ImageStoreUnavailable` if the store cannot be reached, or if an empty place stands in for it
    (see `ImageStoreSetup`): that is not taken for missing pictures, and nothing is written there.
    """

    @abstractmethod
    def put(self, key: ImageKey, data: bytes) -> None:
        """Store a picture durably and atomically: it survives a power failure, and is never seen in part.

        Raises:
            ImageStoreFull: there is no space left; nothing was stored.
        """

    @abstractmethod
    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        """Store several pictures as `put` does, all or none of them; faster than storing them one by one.

        No picture is no work: the store is not even asked. After an error nothing of any picture stays, as far as the
        store can still be reached.

        Raises:
            ImageStoreFull: there is no space left; nothing was stored.
        """

    @abstractmethod
    def get(self, key: ImageKey) -> bytes:
        """Read the picture stored under `key`.

        Raises:
            ImageMissing: there is no such picture.
        """

    @abstractmethod
    def delete(self, key: ImageKey) -> None:
        """Delete the picture stored under `key`; does nothing if there is no such picture."""
