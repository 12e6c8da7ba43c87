"""A picture as the body of a request."""

import os
from pathlib import Path
from typing import BinaryIO

Image = str | os.PathLike[str] | bytes | BinaryIO

# How each format begins. Only the name in the request comes from here; the service looks for itself.
_BEGINNINGS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"RIFF": "image/webp",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}
# Whatever else it is, the service is to say so.
_UNKNOWN = "image/x-unknown"


def read_image(image: Image) -> bytes:
    """The bytes of a file by its path, of an open binary file, or as they are.

    Raises:
        OSError: the file cannot be read.
    """
    if isinstance(image, bytes):
        return image
    if isinstance(image, str | os.PathLike):
        return Path(image).read_bytes()
    return image.read()


def media_type(image: bytes) -> str:
    """What the picture calls itself."""
    return next((name for beginning, name in _BEGINNINGS.items() if image.startswith(beginning)), _UNKNOWN)
