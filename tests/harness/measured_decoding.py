"""Decode all bombs in this process: ``python measured_decoding.py`` prints peak bytes, seconds and end of each."""

import json
import re
import sys
import time
import warnings
from pathlib import Path

from adapters.vision.models.model_description import Interpolation, Recipe
from adapters.vision.pixels.allocator import return_freed_memory
from adapters.vision.pixels.preprocess import prepare
from domain.errors import InvalidInput
from domain.image_limits import ImageLimits
from tests.harness.bombs import BOMBS
from tests.harness.pictures import encoded, gradient

# The default model's.
_RECIPE = Recipe(256, 224, Interpolation.BICUBIC, (127.0,) * 3, (128.0,) * 3)


def main() -> None:
    """Measure them one after the other."""
    warnings.simplefilter("ignore")  # of damaged metadata
    return_freed_memory()
    for image_format in ("PNG", "JPEG", "WEBP", "GIF", "BMP"):  # each decoder is loaded with its first picture
        _end(encoded(gradient(300, 200), image_format))
    json.dump({name: _measured(make()) for name, make in BOMBS.items()}, sys.stdout)


def _measured(data: bytes) -> dict[str, object]:
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak (proc(5))
    before, began = _bytes("VmRSS"), time.process_time()
    end = _end(data)
    return {"end": end, "peak": _bytes("VmHWM") - before, "seconds": time.process_time() - began}


def _end(data: bytes) -> str:
    try:
        prepare(data, _RECIPE, ImageLimits())
    except InvalidInput as refusal:
        return refusal.code
    return "pixels"


def _bytes(what: str) -> int:
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return 1024 * int(found[1])


if __name__ == "__main__":
    main()
