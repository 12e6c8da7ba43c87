"""Limits of the size of a picture, at their edges."""

import pytest

from domain.decoding_cost import Coding
from domain.errors import EmptyImage, ImageTooExpensive, ImageTooLarge, TooManyPixels
from domain.image_header import ImageFormat, ImageHeader
from domain.image_limits import ImageLimits
from tests.harness.bombs import jpeg_bomb
from tests.harness.builders import png


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    picture = png()
    assert ImageLimits(max_bytes=len(picture)).check(picture).format is ImageFormat.PNG
    with pytest.raises(ImageTooLarge, match=f"larger than {len(picture) - 1} bytes"):
        ImageLimits(max_bytes=len(picture) - 1).check(picture)


def test_an_empty_file_is_no_picture() -> None:
    with pytest.raises(EmptyImage):
        ImageLimits().check(b"")


def test_a_decompression_bomb_is_told_by_its_header() -> None:
    with pytest.raises(TooManyPixels, match="more than 40000000 pixels"):
        ImageLimits().check(png(30_000, 30_000))
    assert ImageLimits(max_pixels=12).check(png(4, 3)).width == 4


def header(coding: Coding) -> ImageHeader:
    return ImageHeader(ImageFormat.JPEG, 8000, 5000, coding)


def test_the_most_scans_that_a_picture_may_have_depend_on_its_pixels() -> None:
    assert ImageLimits().check_cost(header(Coding(passes=25))).work == 1_000_000_000
    with pytest.raises(ImageTooExpensive):
        ImageLimits().check_cost(header(Coding(passes=26)))
    assert ImageLimits(max_pixels=80_000_000).check_cost(header(Coding(passes=50)))


def test_a_picture_alone_may_take_the_memory_for_all() -> None:
    needed = ImageLimits().check_cost(header(Coding())).memory
    assert ImageLimits(decoding_memory=needed).check_cost(header(Coding())).memory == needed
    with pytest.raises(ImageTooExpensive):
        ImageLimits(decoding_memory=needed - 1).check_cost(header(Coding()))


def test_a_model_that_keeps_more_of_a_picture_takes_more_memory() -> None:
    limits, coding = ImageLimits(decoding_memory=1 << 40), Coding(is_reduced=True)
    usual, larger = (limits.check_cost(header(coding), side).memory for side in (512, 5000))
    assert usual == limits.check_cost(header(coding)).memory
    assert larger > 3 * usual


def test_a_scan_bomb_is_told_by_its_header() -> None:
    bomb = jpeg_bomb(6000, 6000, scans=1000)
    with pytest.raises(ImageTooExpensive):
        ImageLimits().check(bomb)
    assert len(bomb) < 20_000
