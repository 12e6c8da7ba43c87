"""Damaged pictures, the same ones for the same seed."""

import random
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from adapters.vision.pixels.preparation import Preparation
from domain.errors import InvalidInput
from tests.harness.bombs import bmp_rle, jpeg_bomb, text_bomb
from tests.harness.pictures import as_16_bit, encoded, gradient, turned_by_exif

# Values at which arithmetic goes wrong.
_EDGES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
# Damages of a picture: one as a rule, since each further one is rarely reached by a decoder.
_DAMAGES_OF_ONE = (1, 1, 1, 2, 4)
# Of the signature, without which nothing is looked at.
_SIGNATURE = 8


def seeds() -> list[bytes]:
    """Whole small pictures in every format and mode."""
    colour = gradient(61, 43)
    grey, see_through, palette = colour.convert("L"), colour.convert("RGBA"), colour.quantize(16)
    see_through.putalpha(grey)
    modes = [colour, grey, see_through, palette, grey.convert("1"), grey.convert("LA"), as_16_bit(colour)]
    frames = {"save_all": True, "append_images": [colour.rotate(90), colour]}
    return [
        *(encoded(image, "PNG") for image in modes),
        encoded(palette, "PNG", transparency=3),
        encoded(colour, "PNG", **frames),
        turned_by_exif(colour, 6),
        text_bomb(b"zTXt", 1),
        *(encoded(image, "JPEG", progressive=progressive) for image in (colour, grey) for progressive in (False, True)),
        *(encoded(colour.convert("CMYK"), "JPEG", progressive=progressive) for progressive in (False, True)),
        encoded(colour, "JPEG", subsampling=0, restart_marker_blocks=2),
        turned_by_exif(colour, 5, "JPEG"),
        jpeg_bomb(61, 43, 5),
        *(encoded(image, "WEBP", lossless=lossless) for image in (colour, see_through) for lossless in (False, True)),
        encoded(colour, "WEBP", **frames),
        turned_by_exif(colour, 8, "WEBP"),
        *(encoded(image, "GIF") for image in (palette, grey)),
        encoded(palette, "GIF", **frames, transparency=2),
        *(encoded(image, "BMP") for image in (colour, grey, palette, grey.convert("1"))),
        bmp_rle(61, 43),
    ]


def damaged(chooser: random.Random, whole: Sequence[bytes]) -> bytes:
    """One of the pictures, with some damages."""
    data = bytearray(chooser.choice(whole))
    for _ in range(chooser.choice(_DAMAGES_OF_ONE)):
        chooser.choice(_DAMAGES)(chooser, data, whole)
    if data.startswith(b"\x89PNG") and chooser.random() < 0.7:
        data = _with_checksums(data)
    return bytes(data)


def ends(preparation: Preparation, count: int, seed: int) -> Counter[str]:
    """Ends of so many damaged pictures; any error that is no refusal goes on to the caller."""
    chooser, whole = random.Random(seed), seeds()
    found: Counter[str] = Counter()
    for _ in range(count):
        try:
            preparation.prepare(damaged(chooser, whole))
            found["pixels"] += 1
        except InvalidInput as refusal:
            found[refusal.code] += 1
    return found


def _flip(chooser: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    for _bit in range(chooser.randint(1, 8)):
        data[_place(chooser, data)] ^= 1 << chooser.randrange(8)


def _edge(chooser: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    place = _place(chooser, data)
    data[place : place + chooser.choice((1, 2, 4))] = bytes((chooser.choice(_EDGES),)) * chooser.choice((1, 2, 4))


def _cut_out(chooser: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    place = _place(chooser, data)
    del data[place : place + chooser.randint(1, 64)]


def _repeat(chooser: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    place, length = _place(chooser, data), chooser.randint(1, 64)
    data[place:place] = data[place : place + length] * chooser.randint(1, 20)


def _truncate(chooser: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    del data[chooser.randint(1, len(data)) :]


def _splice(chooser: random.Random, data: bytearray, whole: Sequence[bytes]) -> None:
    other = chooser.choice(whole)
    data[_place(chooser, data) :] = other[chooser.randrange(len(other)) :]


_DAMAGES: Sequence[Callable[[random.Random, bytearray, Sequence[bytes]], None]] = (
    *(_flip, _edge) * 4,
    _cut_out,
    _repeat,
    _truncate,
    _splice,
)


def _place(chooser: random.Random, data: bytearray) -> int:
    """Anywhere, a third of the time in the first bytes, where the headers are, and rarely in the signature."""
    most = len(data) - 1
    least = 0 if chooser.random() < 0.1 else min(most, _SIGNATURE)
    return chooser.randint(least, min(most, 64) if chooser.random() < 0.3 else most)


def _with_checksums(data: bytearray) -> bytearray:
    """A PNG whose chunks have the right checksums again, without which a decoder looks at none of them."""
    return data[:8] + b"".join(_chunks(bytes(data)))


def _chunks(data: bytes) -> Iterator[bytes]:
    position = 8
    while position + 12 <= len(data):
        length = struct.unpack(">I", data[position : position + 4])[0]
        body = data[position + 4 : position + 8 + length]
        if position + 12 + length > len(data):
            yield data[position:]
            return
        yield data[position : position + 4] + body + struct.pack(">I", zlib.crc32(body))
        position += 12 + length
