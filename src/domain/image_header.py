"""Format, size and coding of a picture from its header, in plain Python.

Submitting a picture must not decode it: that is the engine's work. Reading the header takes microseconds, refuses all
but the five formats, and finds truncated files. The engine's decoder checks the same limits again before it allocates
memory. Sources: ITU-T T.81 annex B (JPEG), W3C PNG 5.2, GIF89a section 18, the WebP container specification, and the
BITMAPCOREHEADER/BITMAPINFOHEADER structures (BMP).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from domain.decoding_cost import Coding
from domain.errors import ImageTooExpensive, TruncatedImage, UndecodableImage, UnsupportedImage
from domain.file_bytes import unsigned
from domain.jpeg_header import read_jpeg


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
    """Format, width and height, in pixels, and coding, as the header declares them."""

    format: ImageFormat
    width: int
    height: int
    coding: Coding = field(default=Coding(), compare=False)


def read_header(data: bytes) -> ImageHeader:
    """Read the header of an encoded picture.

    Raises:
        UnsupportedImage: the file begins with no signature of a supported format.
        TruncatedImage: the file ends too early.
        UndecodableImage: the header contradicts itself or the picture has no pixels.
        ImageTooExpensive: looking through the file would take too long.
    """
    for signature, image_format, read in _READERS:
        if signature(data):
            return ImageHeader(image_format, *_facts(data, read))
    raise UnsupportedImage


def _facts(data: bytes, read: "_Read") -> "_Facts":
    try:
        width, height, coding = read(data)
    except IndexError:
        raise TruncatedImage from None
    if width <= 0 or height <= 0:
        raise UndecodableImage
    return width, height, coding


# Decompressed text of a PNG: Pillow takes a million characters a chunk, of four bytes at most, and 64 such chunks.
_PNG_TEXTS, _PNG_TEXT_BYTES, _PNG_MOST_TEXTS = (b"zTXt", b"iTXt", b"iCCP"), 4 << 20, 65
# Channels by colour type (W3C PNG 11.2.2).
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def _read_png(data: bytes) -> "_Facts":
    if data.rfind(b"IEND") < 0:
        raise TruncatedImage
    width, height = unsigned(data, 16, 4, "big"), unsigned(data, 20, 4, "big")
    depth, channels = unsigned(data, 24, 1), _PNG_CHANNELS.get(unsigned(data, 25, 1), 4)
    texts = _PNG_TEXT_BYTES * min(_PNG_MOST_TEXTS, sum(map(data.count, _PNG_TEXTS)))
    # A line and the one before, from which it is predicted.
    lines = 2 * (width * channels * max(8, depth) // 8)
    pixel_bytes = 4 if channels > 1 else 2 if depth > 8 else 1
    is_rgb = channels == 3 and b"tRNS" not in data
    return width, height, Coding(pixel_bytes, texts + lines, texts, is_rgb=is_rgb)


_GIF_HEADER = 13
_GIF_EXTENSION, _GIF_FRAME, _GIF_TRAILER = b"!,;"
# Blocks before the first frame: megabytes of metadata. Looking through as many takes some milliseconds.
_GIF_MOST_BLOCKS = 1 << 15


def _read_gif(data: bytes) -> "_Facts":
    """The screen, or the first frame where that exceeds it, as Pillow has it."""
    width, height = unsigned(data, 6, 2), unsigned(data, 8, 2)
    frame = _gif_frame(data)
    if frame is not None:
        left, top, across, down = (unsigned(data, frame + offset, 2) for offset in (1, 3, 5, 7))
        width, height = max(width, left + across), max(height, top + down)
    return width, height, Coding(pixel_bytes=1)


def _gif_frame(data: bytes) -> int | None:
    """Position of the first frame; None if there is none."""
    flags = unsigned(data, 10, 1)
    position = _GIF_HEADER + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    in_extension = False
    for _ in range(_GIF_MOST_BLOCKS):
        if position >= len(data):
            return None
        kind = data[position]
        if in_extension:  # `kind` is the length of a block; one of length 0 is the last
            position += 1 + kind
            in_extension = kind > 0
        elif kind == _GIF_EXTENSION:
            position, in_extension = position + 2, True
        elif kind in (_GIF_FRAME, _GIF_TRAILER):
            return position if kind == _GIF_FRAME else None
        else:  # Pillow passes over what it does not know
            position += 1
    raise ImageTooExpensive


# Beside the pixels: two canvases of the decoder for animations, which Pillow uses for every WebP, and one copy.
_WEBP_KEPT, _WEBP_DECODER = 8, 12


def _read_webp(data: bytes) -> "_Facts":
    if unsigned(data, 4, 4) + 8 > len(data):
        raise TruncatedImage
    width, height = _webp_size(data)
    pixels = width * height
    return width, height, Coding(4, _WEBP_DECODER * pixels, _WEBP_KEPT * pixels)


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return unsigned(data, 24, 3) + 1, unsigned(data, 27, 3) + 1
    if kind == b"VP8L":
        bits = unsigned(data, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return unsigned(data, 26, 2) & 0x3FFF, unsigned(data, 28, 2) & 0x3FFF
    raise UndecodableImage


# BITMAPCOREHEADER, the only one with 16-bit sizes, is 12 bytes long; it knows no compression.
_BMP_CORE_HEADER = 12
# Run-length encoding, of bytes and of half bytes. Pillow decodes it in Python: 100 ns a pixel, as 170 passes of a JPEG.
_BMP_RUNS, _BMP_RUNS_PASSES, _BMP_RUNS_BYTES = (1, 2), 250, 7


def _read_bmp(data: bytes) -> "_Facts":
    if unsigned(data, 14, 4) == _BMP_CORE_HEADER:
        return unsigned(data, 18, 2), unsigned(data, 20, 2), Coding()
    width, height = unsigned(data, 18, 4), unsigned(data, 22, 4)
    if height >= 1 << 31:  # a negative height marks a picture stored from the top down
        height = (1 << 32) - height
    if unsigned(data, 30, 4) not in _BMP_RUNS:
        return width, height, Coding()
    decoder_bytes = _BMP_RUNS_BYTES * width * height
    return width, height, Coding(1, decoder_bytes, passes=_BMP_RUNS_PASSES, is_ordinary=False)


_Facts = tuple[int, int, Coding]
_Read = Callable[[bytes], _Facts]
_READERS: tuple[tuple[Callable[[bytes], bool], ImageFormat, _Read], ...] = (
    (lambda data: data.startswith(b"\xff\xd8\xff"), ImageFormat.JPEG, read_jpeg),
    (lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), ImageFormat.PNG, _read_png),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", ImageFormat.WEBP, _read_webp),
    (lambda data: data.startswith((b"GIF87a", b"GIF89a")), ImageFormat.GIF, _read_gif),
    (lambda data: data.startswith(b"BM"), ImageFormat.BMP, _read_bmp),
)
