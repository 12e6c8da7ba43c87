"""The pictures that are sent: a folder of one's own, or JPEGs derived from those of the tests."""

import random
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import orjson
import pybase64
from PIL import Image

_IMAGES = Path(__file__).parents[1] / "tests" / "data" / "images"
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}
# As large as the pictures of ImageNet are on average, in pixels and in bytes.
_SIZE = (500, 375)
_WANTED_BYTES = 107_000
_DERIVED = 32


def find_pictures(folder: Path | None) -> dict[str, bytes]:
    """The pictures in `folder`, by name; without one, derived ones."""
    if folder is None:
        return {f"derived-{number}.jpg": picture for number, picture in enumerate(_derived())}
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES}


def as_json(picture: bytes) -> bytes:
    """The body that submits it, as the customer's does."""
    return orjson.dumps({"name": "picture", "data": pybase64.b64encode(picture).decode()})


def tiny_picture() -> bytes:
    """A JPEG that costs next to nothing to read and to decode."""
    return _encoded(Image.open(_IMAGES / "coffee.png").convert("RGB").resize((96, 72)), 90)


def _derived() -> Iterator[bytes]:
    originals = [Image.open(_IMAGES / name).convert("RGB") for name in ("coffee.png", "camera.png")]
    generator = random.Random(7)
    for number in range(_DERIVED):
        yield _of_wanted_size(_crop(originals[number % 2], generator))


def _crop(picture: Image.Image, generator: random.Random) -> Image.Image:
    """A part of it, somewhere, in the size of a photograph."""
    width = generator.uniform(0.7, 0.95) * picture.width
    height = min(width * _SIZE[1] / _SIZE[0], picture.height)
    left, top = generator.uniform(0, picture.width - width), generator.uniform(0, picture.height - height)
    return picture.resize(_SIZE, Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))


def _of_wanted_size(picture: Image.Image) -> bytes:
    """The JPEG whose quality makes it as long as wanted, as far as one can."""
    tries = [_encoded(picture, quality) for quality in (75, 80, 85, 90, 93, 95, 97, 98, 99)]
    return min(tries, key=lambda encoded: abs(len(encoded) - _WANTED_BYTES))


def _encoded(picture: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()
