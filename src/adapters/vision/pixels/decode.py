"""Decoding of pictures to RGB pixels, with Pillow.

The plugin of the format in the header is called directly. ``Image.open`` would add three things that a service does
not want: guessing the format, a limit of its own that warns through process-wide filters, and reading the further
pictures of a JPEG (MPO), with warnings again.
"""

import mmap
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from math import ceil

import numpy as np
from PIL import ExifTags, Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from domain.decoding_cost import REDUCTION_MARGIN, STRIP_PIXELS
from domain.errors import (
    EmptyImage,
    ImageTooExpensive,
    InvalidInput,
    TooManyPixels,
    TruncatedImage,
    UndecodableImage,
)
from domain.image_header import ImageFormat, ImageHeader, read_header
from domain.image_limits import ImageLimits

_PLUGINS: dict[ImageFormat, Callable[[BytesIO], ImageFile]] = {
    ImageFormat.JPEG: JpegImageFile,
    ImageFormat.PNG: PngImageFile,
    ImageFormat.WEBP: WebPImageFile,
    ImageFormat.GIF: GifImageFile,
    ImageFormat.BMP: BmpImageFile,
}

# Transposition that makes a picture upright, by its EXIF orientation (EXIF 2.32, table 6, tag 0x0112).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@contextmanager
def pillow_errors(memory: int = 0) -> Iterator[None]:
    """Translate all exceptions of Pillow into `TooManyPixels`, `TruncatedImage` and `UndecodableImage`.

    Its decoders raise OSError, SyntaxError, ValueError, IndexError, struct.error, zlib.error and more, and the list
    changes with each version; so every exception inside counts as an error of the picture. Only work on the picture
    belongs inside.

    Args:
        memory: bytes that decoding takes. Decoders in C do not tell a lack of memory from a damaged file, so after an
            error it is seen whether there is as much.

    Raises:
        MemoryError: there is not enough memory, which is no error of the picture.
    """
    try:
        yield
    except (InvalidInput, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    except Exception as error:
        traceback.clear_frames(error.__traceback__)  # they hold the half-decoded picture
        _require_memory(memory)
        is_truncation = isinstance(error, EOFError) or "truncated" in str(error).lower()
        raise (TruncatedImage if is_truncation else UndecodableImage) from error


def _require_memory(memory: int) -> None:
    """Raise MemoryError if there is not so much; costs nothing, since nothing is written to it."""
    if memory:
        try:
            mmap.mmap(-1, memory).close()
        except OSError as error:
            raise MemoryError from error


def decode(data: bytes, limits: ImageLimits, short_side: int) -> Image.Image:
    """Decode the first frame of a picture, upright.

    Args:
        data: a JPEG, PNG, WebP, GIF or BMP file.
        limits: maximum number of pixels, checked on the header before memory is allocated.
        short_side: number of pixels needed on the short side. A JPEG may be reduced by 2, 4 or 8 while it is decoded,
            but not below it, which saves most of the time for large photographs. Others are reduced afterwards, to one
            and a half times of it at least, before more memory is taken.

    Returns:
        a picture in mode RGB; transparent parts are white.

    Raises:
        EmptyImage, UnsupportedImage, TooManyPixels, ImageTooExpensive, TruncatedImage, UndecodableImage
        MemoryError: see `pillow_errors`.
    """
    if not data:
        raise EmptyImage
    header = read_header(data)
    cost = limits.check_cost(header, short_side)
    with pillow_errors(cost.memory):
        return _decode(data, header, short_side)


def _decode(data: bytes, header: ImageHeader, short_side: int) -> Image.Image:
    image = _PLUGINS[header.format](BytesIO(data))
    # The plugin may read a damaged header in another way.
    if image.width * image.height > header.width * header.height:
        raise ImageTooExpensive
    image.draft(None, (short_side, short_side))
    image.load()
    transpose = _orientation(image)
    rgb = reduced_to_rgb(image, short_side)
    del image  # its memory is for the upright one
    return rgb if transpose is None else rgb.transpose(transpose)


def _orientation(image: ImageFile) -> Image.Transpose | None:
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a picture with damaged metadata is still accepted
        return None


def reduced_to_rgb(image: Image.Image, short_side: int) -> Image.Image:
    """Convert a picture to RGB and reduce it, strip by strip: whole copies would take up to three times its memory.

    Args:
        image: of any mode.
        short_side: see `decode`.
    """
    factor = max(1, int(min(image.size) / (short_side * REDUCTION_MARGIN)))
    if factor == 1 and (image.mode == "RGB" or image.width * image.height <= STRIP_PIXELS):
        return to_rgb(image)
    rgb = Image.new("RGB", (ceil(image.width / factor), ceil(image.height / factor)))
    height = max(1, STRIP_PIXELS // image.width // factor) * factor
    for top in range(0, image.height, height):
        strip = to_rgb(image.crop((0, top, image.width, min(top + height, image.height))))
        rgb.paste(strip.reduce(factor), (0, top // factor))
    return rgb


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert a picture of any mode to RGB; transparent parts become white."""
    if image.mode.startswith("I"):
        return _from_16_bits(image)
    if image.has_transparency_data:
        return _over_white(image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_16_bits(image: Image.Image) -> Image.Image:
    # A grayscale PNG, in mode I;16 or in older versions of Pillow I: by its high bytes, as Pillow does for colour;
    # `convert` would clip the values.
    values = np.asarray(image).clip(0, 65535)
    grey = (values >> 8).astype(np.uint8)
    grey[values == image.info.get("transparency", -1)] = 255
    return Image.fromarray(grey).convert("RGB")


def _over_white(image: Image.Image) -> Image.Image:
    background = Image.new("RGB", image.size, "white")
    background.paste(image, mask=image.getchannel("A"))
    return background
