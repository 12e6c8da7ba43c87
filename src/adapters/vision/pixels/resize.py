"""A part of a picture in another size, with antialiasing: by fast_image_resize where it can, otherwise by Pillow.

Both apply the same filters to the same box, with fractions, in 8 bits. Pillow takes 1.4 ms for what the other does in
0.4 ms, with the vector instructions of the processor and in the thread that calls it (decision 0012).
"""

from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from adapters.vision.models.model_description import Interpolation

try:
    import cykooz_resizer as fast
except ImportError:  # there is none for Linux on ARM
    fast = None

Box = tuple[float, float, float, float]

# Pillow reduces by a whole number first, but only to three times the wanted size: its documentation calls
# the result practically the same as without.
_REDUCING_GAP = 3.0
# From here on Pillow reduces, which is faster still. It also bounds what has to be copied for the other.
_LARGE = 2 * _REDUCING_GAP
# Those that both have, with the same coefficients: a box may end at another pixel where it ends between two.
_FILTERS = {
    Interpolation.BILINEAR: "bilinear",
    Interpolation.BICUBIC: "catmull_rom",
    Interpolation.LANCZOS: "lanczos3",
}
# The widest of them, Lanczos, reaches three pixels of the result to either side.
_REACH = 3


def resample(image: Image.Image, box: Box, side: int, interpolation: Interpolation) -> NDArray[np.uint8]:
    """Resize the part of a picture in `box` to a square.

    Args:
        image: in mode RGB.
        box: left, top, right and bottom, in pixels of the picture, with fractions; within it.
        side: of the square, in pixels.

    Returns:
        the pixels, 0 to 255, [side, side, 3].
    """
    scale = max(box[2] - box[0], box[3] - box[1]) / side
    if fast is None or interpolation not in _FILTERS or scale >= _LARGE:
        return resample_with_pillow(image, box, side, interpolation)
    return _resample_fast(image, box, side, interpolation)


def resample_with_pillow(image: Image.Image, box: Box, side: int, interpolation: Interpolation) -> NDArray[np.uint8]:
    """The same with Pillow alone."""
    filtering = Image.Resampling[interpolation.name]
    return np.asarray(image.resize((side, side), filtering, box=box, reducing_gap=_REDUCING_GAP))


def _resample_fast(image: Image.Image, box: Box, side: int, interpolation: Interpolation) -> NDArray[np.uint8]:
    left, right = _reached(box[0], box[2], side, image.width)
    top, bottom = _reached(box[1], box[3], side, image.height)
    part = image.crop((left, top, right, bottom))
    source = fast.ImageData(part.width, part.height, fast.PixelType.U8x3, part.tobytes())
    across = fast.CropBox(box[0] - left, 0, box[2] - box[0], part.height)
    down = fast.CropBox(0, box[1] - top, side, box[3] - box[1])
    # Each pass rounds. Pillow goes across first where it resizes whole photographs, as torchvision has it do; both
    # passes at once would go down first and change every fifth value, instead of one of 300.
    narrow = _one_pass(source, across, (side, part.height), interpolation)
    square = _one_pass(narrow, down, (side, side), interpolation)
    return np.frombuffer(square.get_buffer(), np.uint8).reshape(side, side, 3)


def _one_pass(source: Any, box: Any, size: tuple[int, int], interpolation: Interpolation) -> Any:
    """Resize in one direction: the other one's size is that of the box already."""
    target = fast.ImageData(*size, fast.PixelType.U8x3)
    algorithm = fast.ResizeAlg.convolution(fast.FilterType[_FILTERS[interpolation]])
    # A resizer for each call: one that threads share would let one of them wait for the other.
    fast.Resizer().resize(source, target, fast.ResizeOptions(resize_alg=algorithm, crop_box=box))
    return target


def _reached(start: float, end: float, side: int, length: int) -> tuple[int, int]:
    """The pixels that the filter looks at in one direction: those of the box, and some around it."""
    reach = _REACH * max(1.0, (end - start) / side)
    return max(0, floor(start - reach)), min(length, ceil(end + reach))
