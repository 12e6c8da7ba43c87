"""Small files that are dear to decode: every format and mode, at a given number of pixels."""

import struct
import zlib
from io import BytesIO

from PIL import Image

from tests.harness.pictures import encoded, png_chunk

# A square of 40 million pixels, the most that is taken by default.
SIDE = 6324
# PNG's colour types, with their channels (PNG 11.2.2).
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
_CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
_ZEROS = bytes(1 << 20)


def png_bomb(width: int, height: int, colour: int = RGBA, depth: int = 8, *chunks: tuple[bytes, bytes]) -> bytes:
    """A black PNG, whole and valid, with more `chunks` before its pixels."""
    row = 1 + (width * _CHANNELS[colour] * depth + 7) // 8
    whole, rest = divmod(row * height, len(_ZEROS))
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(_ZEROS) for _ in range(whole)) + packer.compress(bytes(rest)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    palette = ((b"PLTE", bytes(768)),) if colour == PALETTE else ()
    parts = ((b"IHDR", header), *palette, *chunks, (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


def webp_header(width: int, height: int) -> bytes:
    """A WebP of 34 bytes: the header of its pixels and nothing more."""
    body = b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14) + bytes(9)
    return b"RIFF" + struct.pack("<I", len(body) + 12) + b"WEBPVP8L" + struct.pack("<I", len(body)) + body


def jpeg_bomb(width: int, height: int, scans: int, components: int = 3, *, sampling: int = 2) -> bytes:
    """A progressive JPEG with so many scans, all but the first empty.

    Args:
        components: 1, 3 or 4; those after the first have a `sampling` times smaller width and height.
    """
    image = Image.new({1: "L", 3: "RGB", 4: "CMYK"}[components], (8, 8))
    small = encoded(image, "JPEG", quality=1, optimize=False)
    tables = small[2 : small.index(b"\xff\xc0")]
    after = small.index(b"\xff\xc0") + 10 + 3 * components
    huffman = small[after : small.index(b"\xff\xda")]
    ids = range(1, components + 1)
    samplings = [sampling * 17 if number == 1 else 17 for number in ids]
    frame = struct.pack(">BHHB", 8, height, width, components)
    frame += b"".join(bytes((number, factor, 0)) for number, factor in zip(ids, samplings, strict=True))
    first = bytes((components, *(byte for number in ids for byte in (number, 0)), 0, 0, 1))
    refinement = bytes((components, *(byte for number in ids for byte in (number, 0)), 0, 0, 0x10))
    return b"".join(
        (
            b"\xff\xd8",
            tables,
            _segment(0xC2, frame),
            huffman,
            _segment(0xDA, first),
            _segment(0xDA, refinement) * (scans - 1),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def bmp_rle(width: int, height: int) -> bytes:
    """A BMP in RLE8 whose Python decoder fills line after line."""
    palette = bytes(1024)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 0, 0, 256, 0)
    pixels = b"\x01\x01\x00\x00" * height
    return b"BM" + struct.pack("<IHHI", 14 + 40 + 1024 + len(pixels), 0, 0, 1078) + header + palette + pixels


def gif_bomb(width: int, height: int, screen: int = 4) -> bytes:
    """A GIF whose frame is larger than its screen."""
    stream = BytesIO()
    Image.new("P", (width, height)).save(stream, "GIF")
    data = bytearray(stream.getvalue())
    data[6:10] = struct.pack("<HH", screen, screen)
    return bytes(data)
