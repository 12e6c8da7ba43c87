"""Identity of a picture: the hash of its file and its key in the image store."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from domain.image_header import ImageFormat


@dataclass(frozen=True, slots=True)
class ImageHash:
    """SHA-256 of an encoded picture, as hexadecimal digits: the same for the same file, and for no other."""

    value: str

    LENGTH: ClassVar[int] = 64
    _PATTERN: ClassVar[re.Pattern[str]] = re.compile(rf"[0-9a-f]{{{LENGTH}}}")

    def __post_init__(self) -> None:
        if not self._PATTERN.fullmatch(self.value):
            raise ValueError("not an image hash")

    @classmethod
    def of(cls, data: bytes) -> "ImageHash":
        """The hash of the file `data`: a megabyte takes a millisecond or two."""
        return cls(sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class ImageKey:
    """The link to a stored picture, relative to the image store, such as ``0198c5f/0198c5f2-....jpg``.

    The folder is the first seven digits of the (time-ordered) uuid, which are the same for about 17 minutes: pictures
    that come together lie together, so that they are made durable together. Before, it was the last two digits.
    """

    value: str

    MAX_LENGTH: ClassVar[int] = 255
    _PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"[0-9a-f]{2,7}/[0-9a-f-]{36}\.[a-z]{3,4}")

    def __post_init__(self) -> None:
        if not self._PATTERN.fullmatch(self.value):
            raise ValueError("not an image key")

    @classmethod
    def of(cls, uuid: UUID, image_format: ImageFormat) -> "ImageKey":
        """The key under which the picture of prediction `uuid` is kept."""
        return cls(f"{uuid.hex[:7]}/{uuid}.{image_format.extension}")

    @property
    def format(self) -> ImageFormat:
        """The picture's format, which its header told when it was accepted."""
        extension = self.value.rpartition(".")[2]
        return next(image_format for image_format in ImageFormat if image_format.extension == extension)

    def __str__(self) -> str:
        return self.value
