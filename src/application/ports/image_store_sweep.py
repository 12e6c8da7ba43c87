"""Port of going through the pictures of an image store, and of deleting many."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.image import ImageKey


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture as the image store sees it.

    Args:
        key: of the picture.
        size: in bytes.
        stored_at: time of its storing, by the store's clock.
    """

    key: ImageKey
    size: int
    stored_at: datetime


class ImageStoreSweep(Protocol):
    """The pictures of an image store, folder by folder. What is no picture's key is left out, and never touched.

    Every method raises `ImageStoreUnavailable` if the store cannot be reached, or if an empty place stands in for it.
    An empty sequence is no work: the store is not even asked.
    """

    @abstractmethod
    def folders(self) -> list[str]:
        """List the folders that may have pictures, in their order."""

    @abstractmethod
    def images_in(self, folder: str) -> list[ImageKey]:
        """List the pictures of a folder, in the order of their keys; none if there is no such folder."""

    @abstractmethod
    def look_at(self, keys: Sequence[ImageKey]) -> list[StoredImage]:
        """Look at these pictures, in no particular order; those that are not there are left out."""

    @abstractmethod
    def delete_all(self, keys: Sequence[ImageKey]) -> None:
        """Delete these pictures; those that are not there already are no error.

        After an error some of them may be deleted.
        """
