"""Limits of the size of a picture, at their edges."""

import pytest

from domain.errors import EmptyImage, ImageTooLarge, TooManyPixels
from domain.image_header import ImageFormat
from domain.image_limits import ImageLimits
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
