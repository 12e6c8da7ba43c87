"""Limits of the size of a picture and of the cost of decoding it, checked on its header without decoding it."""

from dataclasses import dataclass

from domain.decoding_cost import KEPT_SIDE, DecodingCost
from domain.errors import EmptyImage, ImageTooExpensive, ImageTooLarge, TooManyPixels
from domain.image_header import ImageHeader, read_header

# Scans of the largest picture. Of 1,000 progressive photographs none has more than 11; the time of 25 is under two
# seconds at 40 million pixels.
_MOST_PASSES = 25


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Maximum size of a picture, and cost of decoding it.

    Args:
        max_bytes: of the encoded file.
        max_pixels: maximum of width times height. A 24 megapixel photograph fits, a decompression bomb does not:
            decoded as RGB the default takes 120 MB at most.
        decoding_memory: bytes for decoding pictures, all together and so each one alone. The default is enough for
            40 million pixels in most formats, and for 20 million in WebP.
    """

    max_bytes: int = 1_048_576
    max_pixels: int = 40_000_000
    decoding_memory: int = 320 << 20

    def check(self, data: bytes) -> ImageHeader:
        """Check the file `data` by its size and its header.

        Raises:
            EmptyImage, ImageTooLarge, TooManyPixels, ImageTooExpensive, UnsupportedImage, TruncatedImage,
            UndecodableImage
        """
        if not data:
            raise EmptyImage
        if len(data) > self.max_bytes:
            raise ImageTooLarge(f"The image is larger than {self.max_bytes} bytes.")
        header = read_header(data)
        self.check_cost(header)
        return header

    def check_cost(self, header: ImageHeader, kept_side: int = KEPT_SIDE) -> DecodingCost:
        """Cost of decoding a picture with this header; see `DecodingCost`.

        Raises:
            TooManyPixels, ImageTooExpensive
        """
        self.check_pixels(header.width, header.height)
        cost = DecodingCost.of(header.width, header.height, header.coding, max(kept_side, KEPT_SIDE))
        if cost.memory > self.decoding_memory or cost.work > _MOST_PASSES * self.max_pixels:
            raise ImageTooExpensive
        return cost

    def check_pixels(self, width: int, height: int) -> None:
        """Raise `TooManyPixels` for a picture of more than `max_pixels` pixels."""
        if width * height > self.max_pixels:
            raise TooManyPixels(f"The image has more than {self.max_pixels} pixels.")
