"""Pictures as request bodies."""

import os
from pathlib import Path
from typing import BinaryIO

Image = str | os.PathLike[str] | bytes | BinaryIO

# First bytes of each format, for the Content-Type header. The service checks the format itself.
_MAGIC_NUMBERS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"RIFF": "image/webp",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}
# The service refuses other formats with its own message.
_UNKNOWN = "image/x-unknown"


def read_image(image: Image) -> bytes:
    """Bytes of a picture that is given as a path, as bytes or as an open binary file.

    Raises:
        OSError: the file cannot be read.
    """
    if isinstance(image, bytes):
        return image
    if isinstance(image, str | os.PathLike):
        return Path(image).read_bytes()
    return image.read()


def media_type(image: bytes) -> str:
    """Media type of the picture, by its first bytes."""
    return next((name for magic, name in _MAGIC_NUMBERS.items() if image.startswith(magic)), _UNKNOWN)
