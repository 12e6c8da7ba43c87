"""Cost of decoding, from the facts of a header."""

import pytest

from domain.decoding_cost import Coding, DecodingCost

MB = 1_000_000
RGB = Coding(is_rgb=True)
STRIP = 36  # MB, of two million pixels


def megabytes(width: int, height: int, coding: Coding, kept_side: int = 512) -> int:
    return round(DecodingCost.of(width, height, coding, kept_side).memory / MB)


def test_work_is_passes_over_pixels() -> None:
    assert DecodingCost.of(100, 50, Coding(passes=3)).work == 15_000


def test_a_small_picture_is_copied_when_it_is_turned_upright() -> None:
    assert megabytes(500, 1000, RGB) == 4
    assert megabytes(500, 1000, Coding()) == 2 + 2 + 9


def test_a_large_picture_is_converted_in_strips() -> None:
    assert megabytes(8000, 5000, Coding(), 4000) == 160 + 160 + STRIP
    assert megabytes(8000, 5000, Coding(), 512) == 160 + 4 + STRIP
    assert megabytes(8000, 5000, Coding(pixel_bytes=1), 512) == 40 + 4 + STRIP


def test_what_a_decoder_gives_back_is_there_for_the_conversion() -> None:
    assert megabytes(8000, 5000, Coding(decoder_bytes=30 * MB)) == 160 + 4 + STRIP
    assert megabytes(8000, 5000, Coding(decoder_bytes=300 * MB)) == 160 + 300
    assert megabytes(8000, 5000, Coding(decoder_bytes=30 * MB, kept_bytes=30 * MB)) == 160 + 4 + STRIP + 30


@pytest.mark.parametrize(("kept_side", "scale"), [(5000, 1), (2501, 1), (2500, 2), (1250, 4), (600, 8), (100, 8)])
def test_a_jpeg_is_reduced_while_it_is_decoded(kept_side: int, scale: int) -> None:
    reduced = Coding(pixel_bytes=1, is_reduced=True, decoder_bytes=1000 * MB)
    assert megabytes(8000, 5000, reduced, kept_side) == 1000 + round(40 / scale**2 + 5000 / scale * 8 / MB)


def test_each_line_costs_a_pointer() -> None:
    assert megabytes(1, 10 * MB, RGB) == 2 * 10 * (4 + 8)
    assert megabytes(1, 10 * MB, Coding(pixel_bytes=1)) == 10 * (4 + 8) + 10 * (4 + 8) + 2 * (20 + 8)


def test_a_single_line_is_a_strip() -> None:
    assert megabytes(10 * MB, 1, Coding(pixel_bytes=1)) == 10 + 40 + 180
