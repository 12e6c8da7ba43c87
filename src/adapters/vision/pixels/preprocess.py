"""RGB picture to the square that the model sees: torchvision's geometry in one step."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from adapters.vision.models.model_description import Recipe
from adapters.vision.pixels.decode import decode, pillow_errors
from adapters.vision.pixels.resize import Box, resample
from domain.image_limits import ImageLimits

# The reduction inside JPEG is a rough filter, so it is asked for twice the pixels needed. Measured on large
# photographs (docs/accuracy.md): the label of the unreduced picture on 100 % of them, with 1 only on 97 %.
_DRAFT_MARGIN = 2


def prepare(data: bytes, recipe: Recipe, limits: ImageLimits) -> NDArray[np.uint8]:
    """Decode a picture and cut it to what the model sees.

    Returns:
        the pixels, 0 to 255, [recipe.crop, recipe.crop, 3]. Normalising them is the runtime's part.

    Raises:
        InvalidInput: see `decode`.
    """
    return crop_and_resize(decode(data, limits, recipe.resize * _DRAFT_MARGIN), recipe)


def crop_and_resize(image: Image.Image, recipe: Recipe) -> NDArray[np.uint8]:
    """Do what ``Resize(recipe.resize)`` and ``CenterCrop(recipe.crop)`` do, at once.

    Only the pixels of the crop are computed, and none of a long picture's ends are ever resized.

    Args:
        image: in mode RGB, of any size.

    Returns:
        the pixels, 0 to 255, [recipe.crop, recipe.crop, 3].
    """
    with pillow_errors():
        return resample(image, crop_box(image.width, image.height, recipe), recipe.crop, recipe.interpolation)


def crop_box(width: int, height: int, recipe: Recipe) -> Box:
    """Where the crop lies in the picture before it is resized.

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
    # Torchvision cuts the fraction of the resized length and rounds the margin (halves to even).
    resized = recipe.resize * length // short
    start = round((resized - recipe.crop) / 2)
    scale = length / resized
    return start * scale, min((start + recipe.crop) * scale, length)
