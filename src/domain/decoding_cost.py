"""Cost of decoding a picture: memory and work, from what its header says.

The figures were measured with Pillow 13 on pictures of 40 million pixels in every format and mode, and
`tests/model/test_decoding_cost.py` measures them again (decision 0030).
"""

from dataclasses import dataclass
from typing import Self

# The most that a model of the catalogue keeps of a picture's short side while it is reduced: twice the 600 pixels of
# the largest, rounded up. The API does not know the model, and must refuse what the engine would.
KEPT_SIDE = 1280
# A picture is reduced to one and a half times the kept side at least (`reduced_to_rgb`), in strips of so many pixels.
REDUCTION_MARGIN = 1.5
STRIP_PIXELS = 2_000_000
# Of a strip, RGBA in the worst case: its copy, one over white, the mask, and the result.
_STRIP_BYTES = 18
# Pillow holds a pixel of RGB in four bytes, and a pointer for each line.
_RGB_BYTES, _POINTER_BYTES = 4, 8


@dataclass(frozen=True, slots=True)
class Coding:
    """Facts of a picture's encoding that the cost of decoding depends on.

    Args:
        pixel_bytes: memory of a decoded pixel.
        decoder_bytes: memory that the decoder needs beside the pixels.
        kept_bytes: the part of `decoder_bytes` that it keeps when the pixels are decoded.
        passes: how many times the decoder goes over all pixels, in passes of a JPEG; other decoders count as several.
        is_rgb: the decoded pixels are RGB and need no conversion.
        is_reduced: reduced by the decoder.
        is_ordinary: the decoder is one whose cost is known.
    """

    pixel_bytes: int = _RGB_BYTES
    decoder_bytes: int = 0
    kept_bytes: int = 0
    passes: int = 1
    is_rgb: bool = False
    is_reduced: bool = False
    is_ordinary: bool = True


@dataclass(frozen=True, slots=True)
class DecodingCost:
    """Memory, in bytes, and work, in pixels gone over, that decoding a picture takes at most."""

    memory: int
    work: int

    @classmethod
    def of(cls, width: int, height: int, coding: Coding, kept_side: int = KEPT_SIDE) -> Self:
        """Cost of a picture of this size.

        Args:
            kept_side: number of pixels that are kept of the short side where the picture is reduced.
        """
        work = coding.passes * width * height
        if coding.is_reduced:
            scale = _power_of_two(min(width, height) // kept_side)
            width, height = -(-width // scale), -(-height // scale)
        pixels = _plane(width, height, coding.pixel_bytes)
        factor = max(1, int(min(width, height) / (kept_side * REDUCTION_MARGIN)))
        result = _plane(-(-width // factor), -(-height // factor), _RGB_BYTES)
        converting = 0 if coding.is_rgb and factor == 1 else result + _strip(width, height, factor)
        # The picture is turned upright at last, from one copy to another.
        memory = max(pixels + coding.decoder_bytes, pixels + coding.kept_bytes + converting, 2 * result)
        return cls(memory, work)


def _plane(width: int, height: int, pixel_bytes: int) -> int:
    """Memory of pixels as Pillow holds them: lines are multiples of four bytes, and each has a pointer."""
    return height * (-(-width * pixel_bytes // 4) * 4 + _POINTER_BYTES)


def _strip(width: int, height: int, factor: int) -> int:
    lines = max(1, STRIP_PIXELS // width // factor) * factor
    return _plane(width, min(height, lines), _STRIP_BYTES)


def _power_of_two(most: int) -> int:
    # The decoder reduces by 8 at most.
    return next(scale for scale in (8, 4, 2, 1) if scale <= max(1, most))
