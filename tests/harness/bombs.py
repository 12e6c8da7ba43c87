"""Small files that are dear to decode: every format and mode, at a given number of pixels."""

import struct
import zlib
from collections.abc import Callable
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


def webp_bomb(width: int, height: int, mode: str = "RGBA", *, lossless: bool = True) -> bytes:
    """A WebP of one colour."""
    return encoded(Image.new(mode, (width, height), (9, 50, 90, 100)[: len(mode)]), "WEBP", lossless=lossless, method=0)


def text_bomb(kind: bytes, chunks: int) -> bytes:
    """A small PNG with so many chunks of text, a million characters each, of four bytes in memory each."""
    text = zlib.compress("\U0001f4a3".encode() + b" " * 1_000_000, 9)
    rest = {b"zTXt": b"\0", b"iTXt": b"\1\0\0\0", b"iCCP": b"\0"}[kind]
    return png_bomb(64, 64, RGB, 8, *((kind, b"%d\0" % number + rest + text) for number in range(chunks)))


def exif_bomb(image_format: str) -> bytes:
    """A small picture whose EXIF has a directory of entries that each claim gigabytes."""
    count = 5000
    entry = struct.pack("<HHII", 0x9286, 7, 0xFFFFFFF0, 8)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", count) + entry * count + bytes(4)
    return encoded(Image.new("RGB", (64, 64)), image_format, exif=exif)


# Bombs that are refused by their header, or decoded, or refused by the decoder: never more than that.
BOMBS: dict[str, Callable[[], bytes]] = {
    "PNG RGBA": lambda: png_bomb(SIDE, SIDE, RGBA),
    "PNG RGBA, 16 bits": lambda: png_bomb(SIDE, SIDE, RGBA, 16),
    "PNG RGB": lambda: png_bomb(SIDE, SIDE, RGB),
    "PNG RGB with a transparent colour": lambda: png_bomb(SIDE, SIDE, RGB, 8, (b"tRNS", bytes(6))),
    "PNG LA": lambda: png_bomb(SIDE, SIDE, GREY_ALPHA),
    "PNG L": lambda: png_bomb(SIDE, SIDE, GREY),
    "PNG L, 1 bit": lambda: png_bomb(SIDE, SIDE, GREY, 1),
    "PNG L, 16 bits": lambda: png_bomb(SIDE, SIDE, GREY, 16),
    "PNG P": lambda: png_bomb(SIDE, SIDE, PALETTE),
    "PNG P with alpha": lambda: png_bomb(SIDE, SIDE, PALETTE, 8, (b"tRNS", bytes(256))),
    "PNG, narrow": lambda: png_bomb(1200, 20_000, RGBA),
    "PNG, one column": lambda: png_bomb(1, 5_000_000, GREY),
    "PNG, one line": lambda: png_bomb(5_000_000, 1, RGBA, 16),
    "PNG, one line of 40 million": lambda: png_bomb(40_000_000, 1, GREY),
    "PNG with text": lambda: text_bomb(b"iTXt", 60),
    "PNG with much text": lambda: text_bomb(b"iTXt", 200),
    "PNG with old text": lambda: text_bomb(b"zTXt", 20),
    "PNG with profiles": lambda: text_bomb(b"iCCP", 20),
    "PNG with EXIF": lambda: exif_bomb("PNG"),
    "WebP, header only": lambda: webp_header(SIDE, SIDE),
    "WebP, smaller header only": lambda: webp_header(4400, 4400),
    "WebP, lossless": lambda: webp_bomb(4400, 4400),
    "WebP, lossy": lambda: webp_bomb(4400, 4400, lossless=False),
    "WebP, narrow": lambda: webp_bomb(1200, 16_000, "RGB"),
    "WebP with EXIF": lambda: exif_bomb("WEBP"),
    "JPEG, 12 scans": lambda: jpeg_bomb(SIDE, SIDE, 12),
    "JPEG, 25 scans": lambda: jpeg_bomb(SIDE, SIDE, 25),
    "JPEG, 1,000 scans": lambda: jpeg_bomb(SIDE, SIDE, 1000),
    "JPEG, small, 4,000 scans": lambda: jpeg_bomb(490, 490, 4000),
    "JPEG, small, 70,000 scans": lambda: jpeg_bomb(8, 8, 70_000, 1),
    "JPEG CMYK, 25 scans": lambda: jpeg_bomb(SIDE, SIDE, 25, 4, sampling=1),
    "JPEG L, 25 scans": lambda: jpeg_bomb(SIDE, SIDE, 25, 1, sampling=1),
    "JPEG, narrow, 5 scans": lambda: jpeg_bomb(610, 40_000, 5, 3, sampling=1),
    "JPEG of fill bytes": lambda: b"\xff\xd8" + b"\xff" * 1_000_000,
    "JPEG with EXIF": lambda: exif_bomb("JPEG"),
    "BMP RLE": lambda: bmp_rle(20_000, 200),
    "BMP RLE, large": lambda: bmp_rle(200_000, 200),
    "BMP, header only": lambda: bmp_header(SIDE, SIDE),
    "GIF": lambda: gif_bomb(SIDE, SIDE),
    "GIF, narrow": lambda: gif_bomb(1200, 30_000),
}


def bmp_header(width: int, height: int) -> bytes:
    """A BMP of 24 bits without its pixels."""
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)
