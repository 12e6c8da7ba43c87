"""Pictures to send, and the expected result of each."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from tests.harness.processes import PREDICTOR, environment
from tests.harness.service import IMAGES

# Small enough that sending them is not what is measured.
_SIDE = 320


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its expected result: a label, or ``failed:`` and the code of the reason."""

    data: bytes
    expected: str


def make_pictures(folder: Path) -> list[Picture]:
    """Six different pictures with four different labels, as an engine that nobody disturbs gives them, each alone."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number}.jpg" for number in range(6)]
    for file, picture in zip(files, [*_views("coffee"), *_views("camera")], strict=True):
        file.write_bytes(_small_jpeg(picture))
    labels = classify_alone(files)
    return [Picture(file.read_bytes(), label) for file, label in zip(files, labels, strict=True)]


def _views(name: str) -> list[Image.Image]:
    whole = Image.open(IMAGES / f"{name}.png").convert("RGB")
    width, height = whole.size
    other = ImageOps.mirror(whole) if name == "coffee" else ImageOps.flip(whole)
    return [whole, other, whole.crop((0, height // 2, width, height))]


def _small_jpeg(picture: Image.Image) -> bytes:
    picture.thumbnail((_SIDE, _SIDE))
    file = BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


def classify_alone(files: Sequence[Path]) -> list[str]:
    """The labels of the pictures from a process of its own."""
    command: list[str | Path] = [PREDICTOR, "classify", "--json", *files]
    lines = subprocess.run(command, env=environment(), check=True, capture_output=True, timeout=300).stdout
    return [json.loads(line)["prediction"] for line in lines.splitlines()]
