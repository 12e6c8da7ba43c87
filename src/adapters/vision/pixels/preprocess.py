"""Preprocessing of a picture to the square that the model takes: torchvision's geometry in one step."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from adapters.vision.models.model_description import Recipe
from adapters.vision.pixels.decode import decode, pillow_errors
from adapters.vision.pixels.resize import Box, resize
from domain.image_limits import ImageLimits

# JPEG reduces with a rough filter, so the decoder keeps twice the pixels needed. Of large photographs 100 % then keep
# the label of the unreduced picture, and 97 % with a margin of 1 (docs/accuracy.md).
_DRAFT_MARGIN = 2


def prepare(data: bytes, recipe: Recipe, limits: ImageLimits) -> NDArray[np.uint8]:
    """Decode, crop and resize a picture to RGB pixels, uint8 [recipe.crop, recipe.crop, 3]; see `decode` for errors."""
    return crop_and_resize(decode(data, limits, kept_side(recipe)), recipe)


def kept_side(recipe: Recipe) -> int:
    """Number of pixels of the short side that decoding keeps of a large picture."""
    return recipe.resize * _DRAFT_MARGIN


def crop_and_resize(image: Image.Image, recipe: Recipe) -> NDArray[np.uint8]:
    """Apply torchvision's ``Resize(recipe.resize)`` and ``CenterCrop(recipe.crop)`` to a picture in mode RGB.

    Only the pixels of the crop are computed: uint8 [recipe.crop, recipe.crop, 3].
    """
    with pillow_errors():
        return resize(image, crop_box(image.width, image.height, recipe), recipe.crop, recipe.interpolation)


def crop_box(width: int, height: int, recipe: Recipe) -> Box:
    """Left, top, right and bottom of the crop before resizing, in pixels of the picture, with fractions."""
    (left, right), (top, bottom) = (_span(length, min(width, height), recipe) for length in (width, height))
    return left, top, right, bottom


def _span(length: int, short: int, recipe: Recipe) -> tuple[float, float]:
    # Torchvision rounds the resized length down and the margin to the nearest integer (halves to even).
    resized = recipe.resize * length // short
    start = round((resized - recipe.crop) / 2)
    scale = length / resized
    return start * scale, min((start + recipe.crop) * scale, length)
