import struct
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from adapters.vision.pixels.decode import decode, reduced_to_rgb, to_rgb
from domain.errors import (
    EmptyImage,
    InvalidInput,
    TooManyPixels,
    TruncatedImage,
    UndecodableImage,
    UnsupportedImage,
)
from domain.image_limits import ImageLimits
from tests.harness.limits import without_memory
from tests.harness.pictures import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    as_16_bit,
    corners,
    encoded,
    gif_with_frame,
    gradient,
    png_chunk,
    png_of_size,
    quarters,
    turned_by_exif,
)

LIMITS = ImageLimits()
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def decoded(data: bytes, short_side: int = 256) -> Image.Image:
    image = decode(data, LIMITS, short_side)
    assert image.mode == "RGB"
    return image


def near(image: Image.Image, expected: list[tuple[int, ...]], tolerance: int) -> bool:
    return bool(np.abs(np.array(corners(image)) - np.array(expected)).max() <= tolerance)


@pytest.mark.parametrize("image_format", FORMATS)
def test_decodes_every_format(image_format: str) -> None:
    image = decoded(encoded(quarters(), image_format))
    assert image.size == (32, 32)
    assert near(image, [RED, GREEN, BLUE, WHITE], 40)


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_lack_of_memory_is_no_error_of_the_picture(image_format: str) -> None:
    width, height = 12_000, 3_000
    large = encoded(Image.new("L", (width, height), 127), image_format)
    limits = ImageLimits(decoding_memory=1 << 30)
    # Twice what the pixels take: some memory may be free in the hands of this process.
    with without_memory(0, spare=0), pytest.raises(MemoryError):
        [decode(large, limits, height) for _ in range(2)]
    assert decode(large, limits, height).size == (width, height)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_decodes_every_png_mode(mode: str) -> None:
    black_white = Image.new("L", (32, 32), 0)
    black_white.paste(255, (16, 0, 32, 32))
    image = decoded(encoded(black_white.convert(mode), "PNG"))
    assert corners(image) == [(0, 0, 0), WHITE] * 2


def test_decodes_grayscale_jpeg() -> None:
    assert near(decoded(encoded(Image.new("L", (32, 32), 100), "JPEG")), [(100, 100, 100)] * 4, 1)


def test_decodes_progressive_jpeg() -> None:
    assert near(decoded(encoded(quarters(), "JPEG", progressive=True)), [RED, GREEN, BLUE, WHITE], 20)


def test_decodes_adobe_cmyk_jpeg_which_is_stored_inverted() -> None:
    data = encoded(quarters().convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    assert near(decoded(data), [RED, GREEN, BLUE, WHITE], 40)


def test_scales_16_bits_rather_than_clip_them() -> None:
    image = decoded(encoded(as_16_bit(gradient(256, 8)), "PNG"))
    expected = np.asarray(gradient(256, 8).convert("L"))
    assert np.array_equal(np.asarray(image)[..., 0], expected)


def test_16_bits_may_have_a_transparent_value() -> None:
    picture = as_16_bit(gradient(256, 8))
    transparent = int(np.asarray(picture)[4, 10])
    image = decoded(encoded(picture, "PNG", transparency=transparent))
    assert image.getpixel((10, 4)) == WHITE
    assert image.getpixel((200, 4)) != WHITE


def test_scales_16_bits_in_a_32_bit_mode() -> None:
    image = to_rgb(Image.fromarray(np.array([[0, 257 * 100, 70_000, -5]], np.int32)))
    assert np.asarray(image)[0, :, 0].tolist() == [0, 100, 255, 0]


def test_clips_floats() -> None:
    image = to_rgb(Image.fromarray(np.array([[-1.0, 100.0, 300.0]], np.float32)))
    assert np.asarray(image)[0, :, 0].tolist() == [0, 100, 255]


def test_shows_white_behind_transparency() -> None:
    picture = quarters().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 16, 16))
    for image_format in ("PNG", "WEBP"):
        image = decoded(encoded(picture, image_format))
        assert near(image, [WHITE, GREEN, BLUE, WHITE], 60)


def test_mixes_half_transparent_colours_with_white() -> None:
    data = encoded(Image.new("RGBA", (8, 8), (255, 0, 0, 128)), "PNG")
    assert decoded(data).getpixel((0, 0)) == (255, 127, 127)


@pytest.mark.parametrize("image_format", ["PNG", "GIF"])
def test_shows_white_behind_a_transparent_palette_entry(image_format: str) -> None:
    palette = quarters().convert("P", palette=Image.Palette.ADAPTIVE)
    index = palette.getpixel((0, 0))
    data = encoded(palette, image_format, transparency=index)
    assert corners(decoded(data)) == [WHITE, GREEN, BLUE, WHITE]


def test_shows_white_behind_a_palette_with_alpha_values() -> None:
    palette = quarters().convert("P", palette=Image.Palette.ADAPTIVE)
    data = encoded(palette, "PNG", transparency=bytes(4))
    assert corners(decoded(data)) == [WHITE] * 4


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG"])
def test_takes_the_first_frame_of_an_animation(image_format: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, BLUE)]
    options = {"lossless": True} if image_format == "WEBP" else {}
    data = encoded(frames[0], image_format, save_all=True, append_images=frames[1:], **options)
    assert corners(decoded(data)) == [RED] * 4


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_sets_the_picture_upright(image_format: str) -> None:
    images = {n: decoded(turned_by_exif(quarters(), n, image_format)) for n in range(1, 9)}
    assert [n for n, image in images.items() if not near(image, [RED, GREEN, BLUE, WHITE], 40)] == []


def test_turns_sides_with_the_picture() -> None:
    assert decoded(turned_by_exif(gradient(64, 48), 6)).size == (64, 48)


# Pillow warns of it, which is an error only in the tests.
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_forgives_damaged_exif() -> None:
    data = encoded(quarters(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff\x12\x01")
    assert near(decoded(data), [RED, GREEN, BLUE, WHITE], 40)


def test_ignores_an_unknown_orientation() -> None:
    exif = Image.Exif()
    exif[0x0112] = 99
    assert near(decoded(encoded(quarters(), "JPEG", exif=exif)), [RED, GREEN, BLUE, WHITE], 40)


def test_reduces_a_large_jpeg_but_never_below_what_is_needed() -> None:
    data = encoded(gradient(800, 1000), "JPEG")
    assert decoded(data, 256).size == (400, 500)
    assert decoded(data, 400).size == (400, 500)
    assert decoded(data, 401).size == (800, 1000)


def test_takes_a_picture_of_one_pixel() -> None:
    assert decoded(encoded(Image.new("RGB", (1, 1)), "JPEG")).size == (1, 1)


def test_refuses_nothing_at_all() -> None:
    with pytest.raises(EmptyImage):
        decoded(b"")


def test_refuses_text() -> None:
    with pytest.raises(UnsupportedImage):
        decoded(b"Dear classifier, this is a picture.")


@pytest.mark.parametrize("image_format", ["TIFF", "PPM", "ICO", "TGA"])
def test_refuses_other_formats(image_format: str) -> None:
    with pytest.raises(UnsupportedImage):
        decoded(encoded(quarters(), image_format))


@pytest.mark.parametrize("side", [6_400, 10_000, 30_000, 100_000])
def test_refuses_a_bomb(side: int) -> None:
    with pytest.raises(TooManyPixels):
        decoded(png_of_size(side, side))


@pytest.mark.parametrize("frame", [7_000, 12_000, 60_000])
def test_refuses_a_bomb_that_hides_behind_a_small_header(frame: int) -> None:
    with pytest.raises(TooManyPixels):
        decoded(gif_with_frame(screen=4, frame=frame))


def test_takes_a_frame_that_is_a_little_larger_than_its_screen() -> None:
    with pytest.raises(TruncatedImage):  # the few bytes in it do not fill it, but it was looked at
        decoded(gif_with_frame(screen=4, frame=8))


def test_refuses_a_picture_without_the_pixels_it_declares() -> None:
    with pytest.raises(InvalidInput):
        decoded(png_of_size(1000, 1000))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_refuses_a_truncated_file(image_format: str, kept: float) -> None:
    data = encoded(gradient(200, 200), image_format)
    with pytest.raises(TruncatedImage):
        decoded(data[: int(len(data) * kept)])


def test_refuses_a_damaged_png() -> None:
    chunk = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    damaged = png_chunk(b"IDAT", b"this is not compressed")
    with pytest.raises(UndecodableImage):
        decoded(b"\x89PNG\r\n\x1a\n" + chunk + damaged + png_chunk(b"IEND", b""))


def test_keeps_the_cause() -> None:
    with pytest.raises(InvalidInput) as caught:
        decoded(png_of_size(1000, 1000))
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("image_format", FORMATS)
def test_damage_anywhere_gives_a_picture_or_a_refusal(image_format: str) -> None:
    random = np.random.default_rng(5)
    data = np.frombuffer(encoded(gradient(40, 30), image_format), np.uint8)
    for _ in range(150):
        damaged = data.copy()
        places = random.integers(0, len(data), 4)
        damaged[places] = random.integers(0, 256, 4)
        with suppress(InvalidInput):
            decoded(damaged.tobytes())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize(("short_side", "factor"), [(2000, 1), (400, 3)])
def test_strips_give_the_same_pixels_as_the_whole(mode: str, short_side: int, factor: int) -> None:
    grey = np.add.outer(np.arange(1999), np.arange(2401)) % 256
    image = Image.fromarray(grey.astype(np.uint16 if mode == "I;16" else np.uint8))
    image = image if mode == "I;16" else image.convert("RGBA" if mode == "PA" else "L").convert(mode)
    assert reduced_to_rgb(image, short_side) == to_rgb(image).reduce(factor)


def test_a_palette_keeps_its_transparent_colour_in_every_strip() -> None:
    image = Image.new("P", (2000, 2000))
    image.putpalette([9, 9, 9])
    image.info["transparency"] = 0
    assert reduced_to_rgb(image, 2000).getcolors() == [(4_000_000, WHITE)]
