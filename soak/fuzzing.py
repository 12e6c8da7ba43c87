"""Decode damaged pictures: ``python -m soak.fuzzing COUNT SEED`` prints their ends as JSON."""

import json
import sys
import threading
import warnings

from adapters.vision.models.model_description import Interpolation, Recipe
from adapters.vision.pixels.preparation import Preparation
from domain.image_limits import ImageLimits
from tests.harness.fuzzing import ends

# The default model's.
_RECIPE = Recipe(256, 224, Interpolation.BICUBIC, (127.0,) * 3, (128.0,) * 3)


def main() -> None:
    """Decode them all in this process, so that a crash ends it."""
    warnings.simplefilter("ignore")  # of damaged metadata
    count, seed = map(int, sys.argv[1:])
    json.dump(ends(Preparation(_RECIPE, ImageLimits(), threading.Event()), count, seed), sys.stdout)


if __name__ == "__main__":
    main()
