"""Encoded picture to RGB pixels, with Pillow.

The plugin of the format that the domain read from the header is called directly. ``Image.open`` would add
three things that a service does not want: guessing, a limit of its own that warns through process-wide
filters, and the reading of a JPEG's further pictures (MPO), with warnings again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from domain.errors import EmptyImage, InvalidInput, TooManyPixels, TruncatedImage, UndecodableImage
from domain.image_header import ImageFormat, read_header
from domain.image_limits import ImageLimits

_PLUGINS: dict[ImageFormat, Callable[[BytesIO], ImageFile]] = {
    ImageFormat.JPEG: JpegImageFile,
    ImageFormat.PNG: PngImageFile,
    ImageFormat.WEBP: WebPImageFile,
    ImageFormat.GIF: GifImageFile,
    ImageFormat.BMP: BmpImageFile,
}

# EXIF 2.32, table 6, tag 0x0112: what undoes the rotation of the camera.
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
def pillow_errors() -> Iterator[None]:
    """Translate whatever Pillow raises on a damaged picture into the domain's errors.

    Its decoders raise OSError, SyntaxError, ValueError, IndexError, struct.error, zlib.error, MemoryError
    and more, a list that no version keeps; so every exception inside counts as the picture's fault. Keep
    nothing inside but work on the picture.

    Raises:
        TooManyPixels, TruncatedImage, UndecodableImage
    """
    try:
        yield
    except InvalidInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    except Exception as error:
        raise (TruncatedImage if _is_truncation(error) else UndecodableImage) from error


def decode(data: bytes, limits: ImageLimits, short_side: int) -> Image.Image:
    """Decode the first frame of a picture, upright.

    Args:
        data: a JPEG, PNG, WebP, GIF or BMP file.
        limits: how many pixels it may have. Checked on the header before anything is allocated.
        short_side: pixels that the short side is needed with. A JPEG may come out reduced by 2, 4 or 8,
            never below it, which saves most of the decoding of large photographs.

    Returns:
        a picture in mode RGB; transparent parts show white.

    Raises:
        EmptyImage, UnsupportedImage, TooManyPixels, TruncatedImage, UndecodableImage
    """
    if not data:
        raise EmptyImage
    header = read_header(data)
    limits.check_pixels(header.width, header.height)
    with pillow_errors():
        image = _PLUGINS[header.format](BytesIO(data))
        # Again, since a plugin may count otherwise: a GIF's frame may reach beyond its screen.
        limits.check_pixels(*image.size)
        image.draft(None, (short_side, short_side))
        image.load()
        return _upright(image)


def _is_truncation(error: Exception) -> bool:
    return isinstance(error, EOFError) or "truncated" in str(error).lower()


def _upright(image: ImageFile) -> Image.Image:
    transpose = _orientation(image)
    rgb = to_rgb(image)
    return rgb if transpose is None else rgb.transpose(transpose)


def _orientation(image: ImageFile) -> Image.Transpose | None:
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged metadata are no reason to refuse a picture that can be seen
        return None


def to_rgb(image: Image.Image) -> Image.Image:
    """The same picture in mode RGB, from any other mode; transparent parts show white."""
    if image.mode.startswith("I"):
        return _from_16_bits(image)
    if image.has_transparency_data:
        return _over_white(image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_16_bits(image: Image.Image) -> Image.Image:
    """Keep the high byte of a 16-bit grayscale PNG, as Pillow does for colour; `convert` would clip it.

    Its mode is I;16, or I in older versions of Pillow.
    """
    values = np.asarray(image).clip(0, 65535)
    grey = (values >> 8).astype(np.uint8)
    grey[values == image.info.get("transparency", -1)] = 255
    return Image.fromarray(grey).convert("RGB")


def _over_white(image: Image.Image) -> Image.Image:
    background = Image.new("RGB", image.size, "white")
    background.paste(image, mask=image.getchannel("A"))
    return background
