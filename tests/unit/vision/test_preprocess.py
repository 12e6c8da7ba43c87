import numpy as np
import pytest
from PIL import Image

from adapters.vision.models.model_description import Interpolation, Recipe
from adapters.vision.pixels.preprocess import crop_and_resize, crop_box, prepare
from domain.errors import UnsupportedImage
from domain.image_limits import ImageLimits
from tests.harness.pictures import coffee, encoded, gradient, turned_by_exif

HALVES = (127.5, 127.5, 127.5)
RECIPE = Recipe(256, 224, Interpolation.BICUBIC, HALVES, HALVES)


def in_two_steps(image: Image.Image, recipe: Recipe) -> np.ndarray:
    """Torchvision's Resize and CenterCrop: resize the whole picture, then cut."""
    short = min(image.size)
    width, height = (int(recipe.resize * side / short) for side in image.size)
    resized = image.resize((width, height), Image.Resampling[recipe.interpolation.name])
    left = round((width - recipe.crop) / 2.0)
    top = round((height - recipe.crop) / 2.0)
    return np.asarray(resized.crop((left, top, left + recipe.crop, top + recipe.crop)))


@pytest.mark.parametrize("interpolation", [Interpolation.BILINEAR, Interpolation.BICUBIC])
@pytest.mark.parametrize(("resize", "crop"), [(256, 224), (342, 299), (232, 224), (384, 384)])
def test_does_at_once_what_torchvision_does_in_two_steps(interpolation: Interpolation, resize: int, crop: int) -> None:
    recipe = Recipe(resize, crop, interpolation, HALVES, HALVES)
    offenders = []
    for size in ((600, 400), (400, 600), (500, 333), (257, 991), (64, 48), (256, 256)):
        image = coffee().resize(size)
        difference = np.abs(crop_and_resize(image, recipe).astype(int) - in_two_steps(image, recipe))
        # Pillow rounds between its two passes and chooses their order by their cost.
        if difference.mean() >= 0.5 or np.percentile(difference, 99) > 2:
            offenders.append((size, difference.mean()))
    assert offenders == []


def test_gives_bytes() -> None:
    pixels = crop_and_resize(gradient(600, 400), RECIPE)
    assert pixels.shape == (224, 224, 3)
    assert pixels.dtype == np.uint8


def test_the_box_is_the_centre_of_the_picture() -> None:
    assert crop_box(512, 256, RECIPE) == (144.0, 16.0, 368.0, 240.0)
    assert crop_box(256, 512, RECIPE) == (16.0, 144.0, 240.0, 368.0)


@pytest.mark.parametrize("size", [(1, 1), (1, 9000), (9000, 1), (3, 2), (7, 6000)])
def test_takes_pictures_of_any_shape(size: tuple[int, int]) -> None:
    left, top, right, bottom = crop_box(*size, RECIPE)
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert crop_and_resize(Image.new("RGB", size, (9, 8, 7)), RECIPE)[100, 100].tolist() == [9, 8, 7]


def test_reduces_a_large_picture_first_and_sees_the_same() -> None:
    image = gradient(2000, 1600)
    difference = np.abs(crop_and_resize(image, RECIPE).astype(int) - in_two_steps(image, RECIPE))
    assert difference.max() <= 2


def test_a_turned_picture_is_prepared_like_an_upright_one() -> None:
    limits = ImageLimits()
    upright = prepare(encoded(gradient(300, 400), "PNG"), RECIPE, limits)
    turned = prepare(turned_by_exif(gradient(300, 400), 6), RECIPE, limits)
    assert np.array_equal(upright, turned)


def test_a_large_jpeg_looks_like_the_same_png() -> None:
    limits = ImageLimits()
    jpeg = prepare(encoded(gradient(1200, 1100), "JPEG", quality=95), RECIPE, limits)
    png = prepare(encoded(gradient(1200, 1100), "PNG"), RECIPE, limits)
    assert np.abs(jpeg.astype(int) - png).mean() < 1.5


def test_refuses_what_decode_refuses() -> None:
    with pytest.raises(UnsupportedImage):
        prepare(b"not a picture", RECIPE, ImageLimits())
