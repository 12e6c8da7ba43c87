"""Headers of every format, built by hand as their specifications have them."""

import struct

import pytest

from domain.errors import (
    InvalidInput,
    TruncatedImage,
    UndecodableImage,
    UnsupportedImage,
)
from domain.image_header import ImageFormat, ImageHeader, read_header
from tests.harness.builders import png


def segment(marker: int, body: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def frame(marker: int = 0xC0, width: int = 640, height: int = 480) -> bytes:
    return segment(marker, struct.pack(">BHHB", 8, height, width, 1))


START, SCAN, END = b"\xff\xd8", segment(0xDA, b"\x01") + b"pixels \xff\x00 and more", b"\xff\xd9"
THUMBNAIL = segment(0xE1, b"Exif" + START + frame(width=16, height=9) + SCAN + END)
JPEG = START + segment(0xE0, b"JFIF") + frame() + SCAN + END


def webp(kind: bytes, body: bytes) -> bytes:
    chunk = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


LOSSY = webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640 | 0x4000, 480))
LOSSLESS = webp(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 479 << 14))
EXTENDED = webp(b"VP8X", b"\0" * 4 + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"))

GIF = b"GIF89a" + struct.pack("<HH", 640, 480) + b"\0\0\0;"
BMP = b"BM" + b"\0" * 12 + struct.pack("<Iii", 40, 640, 480) + b"\0" * 24
BMP_FROM_THE_TOP = b"BM" + b"\0" * 12 + struct.pack("<Iii", 40, 640, -480) + b"\0" * 24
BMP_OS2 = b"BM" + b"\0" * 12 + struct.pack("<IHH", 12, 640, 480) + b"\0" * 24


@pytest.mark.parametrize(
    ("data", "image_format"),
    [
        pytest.param(JPEG, ImageFormat.JPEG, id="baseline"),
        pytest.param(START + frame(0xC2) + SCAN + SCAN + END, ImageFormat.JPEG, id="progressive"),
        pytest.param(START + b"\xff\xff\xff" + frame()[1:] + SCAN + END, ImageFormat.JPEG, id="fill bytes"),
        pytest.param(START + b"\xff\x01" + frame() + SCAN + END, ImageFormat.JPEG, id="bare marker"),
        pytest.param(START + segment(0xC4, b"table") + frame() + SCAN + END, ImageFormat.JPEG, id="table first"),
        pytest.param(START + THUMBNAIL + frame() + SCAN + END, ImageFormat.JPEG, id="thumbnail"),
        pytest.param(JPEG + b"\0 what a camera appends", ImageFormat.JPEG, id="trailing bytes"),
        pytest.param(png(640, 480), ImageFormat.PNG, id="png"),
        pytest.param(LOSSY, ImageFormat.WEBP, id="webp lossy"),
        pytest.param(LOSSLESS, ImageFormat.WEBP, id="webp lossless"),
        pytest.param(EXTENDED, ImageFormat.WEBP, id="webp extended"),
        pytest.param(GIF, ImageFormat.GIF, id="gif"),
        pytest.param(GIF.replace(b"89a", b"87a"), ImageFormat.GIF, id="old gif"),
        pytest.param(BMP, ImageFormat.BMP, id="bmp"),
        pytest.param(BMP_FROM_THE_TOP, ImageFormat.BMP, id="bmp from the top"),
        pytest.param(BMP_OS2, ImageFormat.BMP, id="bmp of OS/2"),
    ],
)
def test_reads_format_and_size(data: bytes, image_format: ImageFormat) -> None:
    assert read_header(data) == ImageHeader(image_format, 640, 480)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(b"Dear Sir or Madam", UnsupportedImage, id="text"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnsupportedImage, id="svg"),
        pytest.param(b"II*\0", UnsupportedImage, id="tiff"),
        pytest.param(b"RIFF\x04\0\0\0WAVE", UnsupportedImage, id="sound"),
        pytest.param(JPEG[:-2], TruncatedImage, id="jpeg without end"),
        pytest.param(START + THUMBNAIL + frame() + SCAN, TruncatedImage, id="only the thumbnail ends"),
        pytest.param(JPEG[:12], TruncatedImage, id="jpeg cut in a segment"),
        pytest.param(START + b"\xff", TruncatedImage, id="jpeg cut in a marker"),
        pytest.param(START + segment(0xE0) + b"\xff\xc0\0\x0b\x08\0", TruncatedImage, id="jpeg cut in its frame"),
        pytest.param(START + b"\xff\xe0\0\x04abc" + SCAN, UndecodableImage, id="jpeg out of step"),
        pytest.param(START + segment(0xE0) + SCAN + END, UndecodableImage, id="jpeg without frame"),
        pytest.param(START + frame(width=0) + SCAN + END, UndecodableImage, id="jpeg without width"),
        pytest.param(png(end=False), TruncatedImage, id="png without end"),
        pytest.param(b"\x89PNG\r\n\x1a\nIEND", TruncatedImage, id="png without header"),
        pytest.param(png(0, 5), UndecodableImage, id="png without width"),
        pytest.param(LOSSY[:-1], TruncatedImage, id="webp cut"),
        pytest.param(webp(b"ICCP", b"profile"), UndecodableImage, id="webp without picture"),
        pytest.param(GIF[:8], TruncatedImage, id="gif cut"),
        pytest.param(BMP[:20], TruncatedImage, id="bmp cut"),
    ],
)
def test_refuses_what_is_no_whole_picture(data: bytes, error: type[InvalidInput]) -> None:
    with pytest.raises(error):
        read_header(data)


def test_formats_know_their_media_type() -> None:
    assert [f.media_type for f in ImageFormat] == [f"image/{kind}" for kind in ("jpeg", "png", "webp", "gif", "bmp")]
