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
    """Decode, crop and resize a picture; the runtime normalises it.

    Returns:
        RGB pixels, uint8 [recipe.crop, recipe.crop, 3].

    Raises:
        InvalidInput: see `decode`.
    """
    return crop_and_resize(decode(data, limits, recipe.resize * _DRAFT_MARGIN), recipe)


def crop_and_resize(image: Image.Image, recipe: Recipe) -> NDArray[np.uint8]:
    """Apply torchvision's ``Resize(recipe.resize)`` and ``CenterCrop(recipe.crop)`` in one step.

    Only the pixels of the crop are computed.

    Args:
        image: in mode RGB, of any size.

    Returns:
        RGB pixels, uint8 [recipe.crop, recipe.crop, 3].
    """
    with pillow_errors():
        return resize(image, crop_box(image.width, image.height, recipe), recipe.crop, recipe.interpolation)


def crop_box(width: int, height: int, recipe: Recipe) -> Box:
    """Position of the crop in the picture before resizing.

    Args:
        width, height: of the picture, in pixels.

    Returns:
        left, top, right and bottom, in pixels of the picture, with fractions.
    """
    short = min(width, height)
    left, right = _span(width, short, recipe)
    top, bottom = _span(height, short, recipe)
    return left, top, right, bottom


def _span(length: int, short: int, recipe: Recipe) -> tuple[float, float]:
    # Torchvision rounds the resized length down and the margin to the nearest integer (halves to even).
    resized = recipe.resize * length // short
    start = round((resized - recipe.crop) / 2)
    scale = length / resized
    return start * scale, min((start + recipe.crop) * scale, length)
