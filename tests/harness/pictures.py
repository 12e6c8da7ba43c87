"""Encoded pictures, made when they are needed."""

import struct
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

IMAGES = Path(__file__).parents[1] / "data" / "images"
COFFEE = IMAGES / "coffee.png"
CAMERA = IMAGES / "camera.png"

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """The picture as a file of that format."""
    stream = BytesIO()
    image.save(stream, image_format, **options)
    return stream.getvalue()


@cache
def coffee() -> Image.Image:
    """A photograph, in mode RGB; decoded once."""
    with Image.open(COFFEE) as picture:
        return picture.convert("RGB")


def gradient(width: int, height: int) -> Image.Image:
    """Brighter to the right in red, brighter to the bottom in green."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width)
    pixels[..., 1] = np.linspace(0, 255, height)[:, None]
    pixels[..., 2] = 128
    return Image.fromarray(pixels)


def quarters(side: int = 32) -> Image.Image:
    """Red and green above, blue and white below: no turning or mirroring leaves it as it is."""
    half = side // 2
    image = Image.new("RGB", (side, side), RED)
    image.paste(GREEN, (half, 0, side, half))
    image.paste(BLUE, (0, half, half, side))
    image.paste(WHITE, (half, half, side, side))
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours in the middle of the four quarters, line by line."""
    pixels: NDArray[np.uint8] = np.asarray(image)
    height, width = pixels.shape[:2]
    places = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return [tuple(int(channel) for channel in pixels[place]) for place in places]


def turned_by_exif(image: Image.Image, orientation: int, image_format: str = "PNG") -> bytes:
    """The picture stored turned, with the EXIF orientation that sets it upright again."""
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(image if stored is None else image.transpose(stored), image_format, exif=exif)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of_size(width: int, height: int) -> bytes:
    """A PNG file that declares a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100)
    chunks = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def gif_with_frame(screen: int, frame: int) -> bytes:
    """A GIF whose only frame is larger than its screen; both are squares."""
    header = b"GIF89a" + struct.pack("<HHBBB", screen, screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return header + b"," + struct.pack("<HHHHB", 0, 0, frame, frame, 0) + b"\x02\x02\x4c\x01\x00;"


def as_16_bit(image: Image.Image) -> Image.Image:
    """Grayscale with 16 bits, 0 to 65535."""
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
