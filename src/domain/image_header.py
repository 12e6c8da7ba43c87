"""Format and size of a picture from its header, in plain Python.

Submitting a picture must not decode it: that is the engine's work. Reading the header takes microseconds, refuses all
but the five formats, and finds truncated files. The engine's decoder checks the same limits again before it allocates
memory. Sources: ITU-T T.81 annex B (JPEG), W3C PNG 5.2, GIF89a section 18, the WebP container specification, and the
BITMAPCOREHEADER/BITMAPINFOHEADER structures (BMP).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from domain.errors import TruncatedImage, UndecodableImage, UnsupportedImage


class ImageFormat(Enum):
    """Supported image format: file extension and media type."""

    JPEG = ("jpg", "image/jpeg")
    PNG = ("png", "image/png")
    WEBP = ("webp", "image/webp")
    GIF = ("gif", "image/gif")
    BMP = ("bmp", "image/bmp")

    @property
    def extension(self) -> str:
        return self.value[0]

    @property
    def media_type(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Format, width and height, in pixels, as the header declares them."""

    format: ImageFormat
    width: int
    height: int


def read_header(data: bytes) -> ImageHeader:
    """Read the header of an encoded picture.

    Raises:
        UnsupportedImage: the file begins with no signature of a supported format.
        TruncatedImage: the file ends too early.
        UndecodableImage: the header contradicts itself or the picture has no pixels.
    """
    for signature, image_format, read_size in _READERS:
        if signature(data):
            return ImageHeader(image_format, *_size(data, read_size))
    raise UnsupportedImage


def _size(data: bytes, read_size: Callable[[bytes], tuple[int, int]]) -> tuple[int, int]:
    try:
        width, height = read_size(data)
    except IndexError:
        raise TruncatedImage from None
    if width <= 0 or height <= 0:
        raise UndecodableImage
    return width, height


def _unsigned(data: bytes, start: int, length: int, order: str = "little") -> int:
    if start + length > len(data):
        raise IndexError
    return int.from_bytes(data[start : start + length], "big" if order == "big" else "little")


# Start-of-frame markers C0-CF without DHT (C4), JPG (C8) and DAC (CC).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN, _JPEG_END = 0xDA, b"\xff\xd9"
# Markers without a length field: TEM and the restart markers.
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


def _jpeg_size(data: bytes) -> tuple[int, int]:
    size: tuple[int, int] | None = None
    position = 2
    while True:
        if data[position] != 0xFF:
            raise UndecodableImage
        marker = data[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
        elif marker in _JPEG_BARE:
            position += 2
        elif marker == _JPEG_SCAN:
            break
        else:
            if marker in _JPEG_FRAMES:
                size = (_unsigned(data, position + 7, 2, "big"), _unsigned(data, position + 5, 2, "big"))
            position += 2 + _unsigned(data, position + 2, 2, "big")
    if size is None:
        raise UndecodableImage
    # An embedded thumbnail has an end marker of its own, so only one behind the first scan counts.
    if data.rfind(_JPEG_END, position) < 0:
        raise TruncatedImage
    return size


def _png_size(data: bytes) -> tuple[int, int]:
    if data.rfind(b"IEND") < 0:
        raise TruncatedImage
    return _unsigned(data, 16, 4, "big"), _unsigned(data, 20, 4, "big")


def _gif_size(data: bytes) -> tuple[int, int]:
    return _unsigned(data, 6, 2), _unsigned(data, 8, 2)


def _webp_size(data: bytes) -> tuple[int, int]:
    if _unsigned(data, 4, 4) + 8 > len(data):
        raise TruncatedImage
    kind = data[12:16]
    if kind == b"VP8X":
        return _unsigned(data, 24, 3) + 1, _unsigned(data, 27, 3) + 1
    if kind == b"VP8L":
        bits = _unsigned(data, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _unsigned(data, 26, 2) & 0x3FFF, _unsigned(data, 28, 2) & 0x3FFF
    raise UndecodableImage


# BITMAPCOREHEADER, the only one with 16-bit sizes, is 12 bytes long.
_BMP_CORE_HEADER = 12


def _bmp_size(data: bytes) -> tuple[int, int]:
    if _unsigned(data, 14, 4) == _BMP_CORE_HEADER:
        return _unsigned(data, 18, 2), _unsigned(data, 20, 2)
    height = _unsigned(data, 22, 4)
    if height >= 1 << 31:  # a negative height marks a picture stored from the top down
        height = (1 << 32) - height
    return _unsigned(data, 18, 4), height


_Reader = tuple[Callable[[bytes], bool], ImageFormat, Callable[[bytes], tuple[int, int]]]
_READERS: tuple[_Reader, ...] = (
    (lambda data: data.startswith(b"\xff\xd8\xff"), ImageFormat.JPEG, _jpeg_size),
    (lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), ImageFormat.PNG, _png_size),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", ImageFormat.WEBP, _webp_size),
    (lambda data: data.startswith((b"GIF87a", b"GIF89a")), ImageFormat.GIF, _gif_size),
    (lambda data: data.startswith(b"BM"), ImageFormat.BMP, _bmp_size),
)
