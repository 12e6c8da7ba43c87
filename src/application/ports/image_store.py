"""Where the pictures lie."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from domain.errors import PredictorError
from domain.image import ImageKey


class ImageMissing(PredictorError):
    """The image is no longer in the image store."""

    code = "image_missing"


class ImageStore(Protocol):
    """Keeps encoded pictures under their keys.

    Every method raises `ImageStoreUnavailable` where the store cannot be reached.
    """

    @abstractmethod
    def put(self, key: ImageKey, data: bytes) -> None:
        """Keep `data`; on return it survives a power failure, and never is half a picture seen.

        Raises:
            ImageStoreFull: there is no room left; nothing of the picture stays.
        """
        ...

    @abstractmethod
    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        """Keep several pictures as `put` does, all or none of them; together they cost less than one by one.

        No picture is no work: the store is not even asked. After an error nothing of any picture stays, as far as the
        store can still be reached.

        Raises:
            ImageStoreFull: there is no room left.
        """
        ...

    @abstractmethod
    def get(self, key: ImageKey) -> bytes:
        """The picture under `key`.

        Raises:
            ImageMissing: there is none.
        """
        ...

    @abstractmethod
    def delete(self, key: ImageKey) -> None:
        """Remove the picture under `key`; nothing happens when there is none."""
        ...
