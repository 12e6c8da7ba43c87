"""Identity of a picture: the hash of its file and its key in the image store."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from domain.image_header import ImageFormat
from domain.time_ordered_id import first_uuid_at


@dataclass(frozen=True, slots=True)
class ImageHash:
    """SHA-256 of an encoded picture, as `LENGTH` hexadecimal digits."""

    value: str

    LENGTH: ClassVar[int] = 64
    _PATTERN: ClassVar[re.Pattern[str]] = re.compile(rf"[0-9a-f]{{{LENGTH}}}")

    def __post_init__(self) -> None:
        if not self._PATTERN.fullmatch(self.value):
            raise ValueError("not an image hash")

    @classmethod
    def of(cls, data: bytes) -> "ImageHash":
        """Hash of the file `data`; takes 1 to 2 ms a megabyte."""
        return cls(sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class ImageKey:
    """Key of a picture in the image store, such as ``0198c5f/0198c5f2-....jpg``.

    The folder is the first seven digits of the (time-ordered) uuid, which are the same for about 17 minutes: pictures
    that arrive together share a folder, so that they are synchronised to disk together. Older keys have the last two
    digits instead.
    """

    value: str

    MAX_LENGTH: ClassVar[int] = 255
    _FOLDER_DIGITS: ClassVar[int] = 7
    _FOLDER: ClassVar[re.Pattern[str]] = re.compile(r"[0-9a-f]{2,7}")
    _PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"[0-9a-f]{2,7}/[0-9a-f-]{36}\.[a-z]{3,4}")

    def __post_init__(self) -> None:
        if not self.fits(self.value):
            raise ValueError("not an image key")

    @classmethod
    def fits(cls, text: str) -> bool:
        """True if `text` has the form of a key."""
        return cls._PATTERN.fullmatch(text) is not None

    @classmethod
    def of(cls, uuid: UUID, image_format: ImageFormat) -> "ImageKey":
        """Key of the picture of prediction `uuid`."""
        return cls(f"{uuid.hex[: cls._FOLDER_DIGITS]}/{uuid}.{image_format.extension}")

    @classmethod
    def fits_folder(cls, text: str) -> bool:
        """True if `text` has the form of a key's folder."""
        return cls._FOLDER.fullmatch(text) is not None

    @classmethod
    def is_folder_after(cls, folder: str, moment: datetime) -> bool:
        """True if `folder` has only keys of uuids that are younger than `moment`."""
        if len(folder) != cls._FOLDER_DIGITS:
            return False
        return UUID(hex=folder.ljust(32, "0")) >= first_uuid_at(moment)

    @property
    def folder(self) -> str:
        """Its part before the slash."""
        return self.value.partition("/")[0]

    @property
    def prediction(self) -> UUID | None:
        """Uuid of the prediction to whose picture this key belongs; None if no service makes such a key."""
        name = self.value.rpartition("/")[2]
        text, _, extension = name.partition(".")
        try:
            uuid = UUID(text)
        except ValueError:
            return None
        is_ours = text == str(uuid) and extension in {image_format.extension for image_format in ImageFormat}
        return uuid if is_ours and self.folder in (uuid.hex[: self._FOLDER_DIGITS], uuid.hex[-2:]) else None

    @property
    def format(self) -> ImageFormat:
        """Format of the picture, read from the extension."""
        extension = self.value.rpartition(".")[2]
        return next(image_format for image_format in ImageFormat if image_format.extension == extension)

    def __str__(self) -> str:
        return self.value
