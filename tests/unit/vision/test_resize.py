from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from adapters.vision.models.model_description import Interpolation
from adapters.vision.pixels.resize import Box, resize, resize_with_pillow
from tests.harness.pictures import coffee

SIDE = 224
SHAPES = [(600, 400), (400, 600), (333, 500), (257, 991), (64, 48), (224, 224), (3, 2), (1, 1), (7, 1300), (1300, 1)]


def apart(image: Image.Image, box: Box, interpolation: Interpolation) -> NDArray[np.int64]:
    """Difference of the two ways, by pixel."""
    found = resize(image, box, SIDE, interpolation)
    assert found.shape == (SIDE, SIDE, 3)
    assert found.dtype == np.uint8
    return np.abs(found.astype(int) - resize_with_pillow(image, box, SIDE, interpolation))


def boxes(width: int, height: int) -> list[Box]:
    """The whole picture, a part of it, and a sliver at its edge."""
    return [
        (0.0, 0.0, float(width), float(height)),
        (0.3 * width, 0.2 * height, 0.9 * width, 0.7 * height),
        (0.41 * width, 0.0, float(width), 0.013 * height),
    ]


@pytest.mark.parametrize("interpolation", Interpolation)
def test_sees_what_pillow_sees_in_any_part_of_any_shape(interpolation: Interpolation) -> None:
    offenders = []
    for shape in SHAPES:
        image = coffee().resize(shape)
        for box in boxes(*shape):
            difference = apart(image, box, interpolation)
            # One level in every fifth value is what the order of the two passes may change.
            if difference.mean() >= 0.3 or np.percentile(difference, 99) > 2:
                offenders.append((shape, box, difference.mean()))
    assert offenders == []


def test_a_box_with_fractions_is_not_one_of_whole_pixels() -> None:
    image = coffee()
    whole = resize(image, (100, 50, 400, 350), SIDE, Interpolation.BICUBIC)
    moved = resize(image, (100.5, 50.5, 400.5, 350.5), SIDE, Interpolation.BICUBIC)
    assert np.abs(whole.astype(int) - moved).mean() > 1


def test_leaves_large_pictures_to_pillow() -> None:
    image = coffee().resize((1600, 1500))
    assert not apart(image, (10.5, 0, 1510.5, 1500), Interpolation.BICUBIC).any()


def test_threads_do_not_disturb_each_other() -> None:
    images = [coffee().resize((300 + 10 * number, 400)) for number in range(8)]

    def resampled(image: Image.Image) -> bytes:
        return resize(image, (0, 0, *image.size), SIDE, Interpolation.BICUBIC).tobytes()

    alone = [resampled(image) for image in images]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(resampled, images * 3)) == alone * 3
