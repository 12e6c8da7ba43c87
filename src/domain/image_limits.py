"""Limits of the size of a picture, checked on its header without decoding it."""

from dataclasses import dataclass

from domain.errors import EmptyImage, ImageTooLarge, TooManyPixels
from domain.image_header import ImageHeader, read_header


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Maximum size of a picture.

    Args:
        max_bytes: of the encoded file.
        max_pixels: maximum of width times height. A 24 megapixel photograph fits, a decompression bomb does not:
            decoded as RGB the default takes 120 MB at most.
    """

    max_bytes: int = 1_048_576
    max_pixels: int = 40_000_000

    def check(self, data: bytes) -> ImageHeader:
        """Check the file `data` by its size and its header.

        Raises:
            EmptyImage, ImageTooLarge, TooManyPixels, UnsupportedImage, TruncatedImage, UndecodableImage
        """
        if not data:
            raise EmptyImage
        if len(data) > self.max_bytes:
            raise ImageTooLarge(f"The image is larger than {self.max_bytes} bytes.")
        header = read_header(data)
        self.check_pixels(header.width, header.height)
        return header

    def check_pixels(self, width: int, height: int) -> None:
        """Raise `TooManyPixels` for a picture of more than `max_pixels` pixels."""
        if width * height > self.max_pixels:
            raise TooManyPixels(f"The image has more than {self.max_pixels} pixels.")
