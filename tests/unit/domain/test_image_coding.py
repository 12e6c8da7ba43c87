"""What headers say of the cost of decoding, built by hand as their specifications have them."""

import struct

import pytest

from domain.decoding_cost import Coding
from domain.errors import ImageTooExpensive, InvalidInput
from domain.image_header import ImageFormat, read_header
from tests.harness.builders import png

START, END = b"\xff\xd8", b"\xff\xd9"
SIZE = 640, 480
ONE, ALL = (0x11,), (0x22, 0x11, 0x11)


def segment(marker: int, body: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def frame(marker: int = 0xC2, samplings: tuple[int, ...] = ALL) -> bytes:
    components = b"".join(bytes((number, factors, 0)) for number, factors in enumerate(samplings))
    return segment(marker, struct.pack(">BHHB", 8, SIZE[1], SIZE[0], len(samplings)) + components)


def scan(components: int = 1, pixels: bytes = b"pixels \xff\x00 \xff\xd0 and \xff\xffmore") -> bytes:
    return segment(0xDA, bytes((components,))) + pixels


def jpeg(*parts: bytes) -> Coding:
    return read_header(START + b"".join(parts)).coding


@pytest.mark.parametrize(
    ("parts", "scans"),
    [
        pytest.param((frame(), scan(), END), 1, id="one"),
        pytest.param((frame(), scan() * 11, END), 11, id="eleven"),
        pytest.param((frame(), (scan() + segment(0xC4, b"table")) * 3, END), 3, id="tables between"),
        pytest.param((frame(0xC0), scan(1) * 3, END), 3, id="baseline, a component a scan"),
        pytest.param((frame(0xC0), scan(3), scan(3) * 20, END), 1, id="baseline, all components in the first"),
        pytest.param((frame(0xC0, ONE), scan(1), END), 1, id="grey"),
        pytest.param((frame(), scan() * 2, END, scan() * 50, END), 2, id="another picture behind the end"),
        pytest.param((frame(), scan(), segment(0xFE, END), scan() * 4, END), 5, id="an end in a comment"),
        pytest.param((frame(), scan(), segment(0xFE, scan() * 9), scan(), END), 2, id="scans in a comment"),
        pytest.param((frame(), scan(), b"\xff\x02\xff\xff", scan() * 4, END), 5, id="a marker without a length"),
        pytest.param((frame(), scan(), END[:1] + b"\xfe\xff\xff", END), 1, id="a segment longer than the file"),
        pytest.param((frame(), scan(), b"\xff\xda\xff\xd9"), 2, id="cut in a scan"),
        pytest.param((frame(), scan(), b"\xff\xd9\xff\xda"), 1, id="cut behind the end"),
    ],
)
def test_counts_scans_as_the_decoder_finds_them(parts: tuple[bytes, ...], scans: int) -> None:
    assert jpeg(*parts).passes == scans


@pytest.mark.parametrize("flood", [scan() * 5000, (b"\xff\xd8" * 5000), segment(0xFE) * 5000])
def test_refuses_a_jpeg_of_more_scans_and_segments_than_any_photograph_has(flood: bytes) -> None:
    with pytest.raises(ImageTooExpensive):
        jpeg(frame(), scan(), flood, END)


@pytest.mark.parametrize("flood", [b"\xff" * 5000, b"\xff\xd0" * 5000, segment(0xFE) * 5000])
def test_refuses_a_jpeg_of_more_segments_before_its_first_scan(flood: bytes) -> None:
    with pytest.raises(ImageTooExpensive):
        jpeg(segment(0xE0), flood, frame(), scan(), END)


@pytest.mark.parametrize(
    ("samplings", "blocks"),
    [
        pytest.param(ONE, 80 * 60, id="grey"),
        pytest.param((0x22, 0x11, 0x11), 80 * 60 * 3 // 2, id="4:2:0"),
        pytest.param((0x21, 0x11, 0x11), 80 * 60 * 2, id="4:2:2"),
        pytest.param((0x11,) * 3, 80 * 60 * 3, id="4:4:4"),
        pytest.param((0x11,) * 4, 80 * 60 * 4, id="CMYK"),
        pytest.param((0x44, 0x11), 80 * 60 * 17 // 16, id="one of sixteen"),
        pytest.param((0x00,), 80 * 60, id="damaged"),
        pytest.param((), 0, id="no components"),
    ],
)
def test_a_jpeg_of_several_scans_is_held_as_coefficients(samplings: tuple[int, ...], blocks: int) -> None:
    assert jpeg(frame(0xC2, samplings), scan(), END).decoder_bytes == blocks * 128
    assert jpeg(frame(0xC0, samplings), scan(len(samplings)), END).decoder_bytes == 0


def test_knows_how_pillow_holds_the_pixels_of_a_jpeg() -> None:
    grey, colour, cmyk = (jpeg(frame(0xC0, samplings), scan(4), END) for samplings in (ONE, ALL, (0x11,) * 4))
    assert (grey.pixel_bytes, grey.is_rgb) == (1, False)
    assert (colour.pixel_bytes, colour.is_rgb) == (4, True)
    assert (cmyk.pixel_bytes, cmyk.is_rgb) == (4, False)
    assert grey.is_reduced
    assert grey.is_ordinary


@pytest.mark.parametrize("marker", [0xC3, 0xC5, 0xC9, 0xCA, 0xCF])
def test_a_jpeg_of_a_rare_coding_is_not_ordinary(marker: int) -> None:
    coding = jpeg(frame(marker), scan(3), END)
    assert not coding.is_ordinary
    assert coding.decoder_bytes > 0


def png_of(colour: int, depth: int, extra: bytes = b"") -> Coding:
    data = bytearray(png(*SIZE))
    data[24:26] = depth, colour
    return read_header(bytes(data) + extra).coding


@pytest.mark.parametrize(
    ("colour", "depth", "pixel_bytes", "line"),
    [
        (0, 1, 1, 640),
        (0, 8, 1, 640),
        (0, 16, 2, 1280),
        (2, 8, 4, 1920),
        (3, 8, 1, 640),
        (4, 8, 4, 1280),
        (6, 16, 4, 5120),
    ],
)
def test_a_png_is_decoded_from_two_lines(colour: int, depth: int, pixel_bytes: int, line: int) -> None:
    coding = png_of(colour, depth)
    assert (coding.pixel_bytes, coding.decoder_bytes, coding.kept_bytes) == (pixel_bytes, 2 * line, 0)
    assert coding.is_rgb == (colour == 2)


def test_a_transparent_colour_of_a_png_takes_a_conversion() -> None:
    assert not png_of(2, 8, b"tRNS").is_rgb


def test_the_text_of_a_png_may_be_four_million_bytes_a_chunk() -> None:
    assert png_of(0, 8, b"zTXt iTXt iCCP").kept_bytes == 3 * 4 << 20
    assert png_of(0, 8, b"zTXt" * 10_000).kept_bytes == 65 * 4 << 20


def test_a_png_of_an_unknown_colour_type_costs_the_most() -> None:
    assert png_of(7, 8).pixel_bytes == 4


def gif(*blocks: bytes, flags: int = 0, palette: bytes = b"") -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", *SIZE, flags, 0, 0) + palette + b"".join(blocks)


def gif_frame(left: int, top: int, width: int, height: int) -> bytes:
    return b"," + struct.pack("<HHHHB", left, top, width, height, 0)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        pytest.param(gif(gif_frame(0, 0, 10, 10)), SIZE, id="inside the screen"),
        pytest.param(gif(gif_frame(600, 0, 400, 10)), (1000, 480), id="beside the screen"),
        pytest.param(gif(gif_frame(0, 400, 10, 400)), (640, 800), id="below the screen"),
        pytest.param(gif(b"\x00" * 7, flags=0x80, palette=bytes(6)), SIZE, id="no frame"),
        pytest.param(gif(bytes(7), gif_frame(0, 0, 700, 700)), (700, 700), id="bytes that mean nothing"),
        pytest.param(gif(gif_frame(0, 0, 700, 700), flags=0x87, palette=b"," * 768), (700, 700), id="palette"),
        pytest.param(gif(b"!\xff\x02,,\x03,,,\x00", gif_frame(0, 0, 700, 700)), (700, 700), id="extension"),
        pytest.param(gif(b";", gif_frame(0, 0, 700, 700)), SIZE, id="behind the end"),
    ],
)
def test_a_gif_is_as_large_as_screen_and_first_frame(data: bytes, size: tuple[int, int]) -> None:
    header = read_header(data)
    assert (header.width, header.height) == size
    assert header.coding.pixel_bytes == 1


@pytest.mark.parametrize("flood", [bytes(40_000), b"!\xfe\x00" * 40_000, b"!\xfe" + b"\x01," * 40_000])
def test_refuses_a_gif_of_more_blocks_than_metadata_needs(flood: bytes) -> None:
    with pytest.raises(ImageTooExpensive):
        read_header(gif(flood))


def test_a_gif_cut_in_its_frame_is_cut() -> None:
    with pytest.raises(InvalidInput):
        read_header(gif(b",\x00"))


def test_a_webp_is_decoded_beside_two_canvases_and_a_copy() -> None:
    body = b"\x2f" + struct.pack("<I", 639 | 479 << 14)
    data = b"RIFF" + struct.pack("<I", len(body) + 12) + b"WEBPVP8L" + struct.pack("<I", len(body)) + body
    coding = read_header(data).coding
    assert (coding.pixel_bytes, coding.decoder_bytes, coding.kept_bytes) == (4, 12 * 640 * 480, 8 * 640 * 480)


@pytest.mark.parametrize(("compression", "passes"), [(0, 1), (1, 250), (2, 250), (3, 1)])
def test_the_runs_of_a_bmp_are_decoded_slowly(compression: int, passes: int) -> None:
    header = struct.pack("<IiiHHI", 40, *SIZE, 1, 8, compression)
    read = read_header(b"BM" + bytes(12) + header + bytes(20))
    assert read.format is ImageFormat.BMP
    assert read.coding.passes == passes
    assert read.coding.is_ordinary == (passes == 1)
