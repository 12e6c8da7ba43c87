"""Port of setting up an image store before its first use."""

from abc import abstractmethod
from typing import Protocol


class ImageStoreSetup(Protocol):
    """Tells an image store from an empty place that stands in for it, such as a folder without its mount.

    A store that is set up has a marker. Without it, reading a picture that is there works, and everything else raises
    `ImageStoreUnavailable`. Every method raises `ImageStoreUnavailable` if the place cannot be reached.
    """

    @property
    @abstractmethod
    def location(self) -> str:
        """Place of the store, for messages; it holds no secret."""

    @abstractmethod
    def is_set_up(self) -> bool:
        """True if the marker is there."""

    @abstractmethod
    def has_pictures(self) -> bool:
        """True if at least one picture is there, with or without the marker."""

    @abstractmethod
    def set_up(self) -> None:
        """Create the marker durably, and the place if need be; pictures stay, and repeating it changes nothing."""
