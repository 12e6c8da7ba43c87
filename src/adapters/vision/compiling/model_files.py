"""Export of models to ONNX files, and their quantisation with the user's own pictures."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from adapters.vision.compiling.onnx_export import export_model
from adapters.vision.compiling.quantisation.calibrate import measured_ranges
from adapters.vision.compiling.quantisation.quantise import quantise_file
from adapters.vision.models.catalogue import load_model
from adapters.vision.models.model_description import Recipe
from adapters.vision.models.model_errors import model_errors
from adapters.vision.pixels.preprocess import prepare
from adapters.vision.runtimes.onnx_runtime import open_model
from domain.errors import InvalidInput
from domain.image_limits import ImageLimits

# Number of pictures that go through a model together, which limits the memory.
_BATCH = 8


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of a model in int8 with the same in fp32: number of pictures, and of those with the same label in both.

    Args:
        apart: median difference of the best score, 0 to 1.
    """

    pictures: int
    same: int
    apart: float


def write_model(name: str, weights: Path | None, labels: tuple[str, ...] | None, target: Path) -> None:
    """Write a model of the catalogue to an ONNX file with its metadata.

    Args:
        name, weights, labels: see `catalogue.load_model`.
        target: appears only when it is complete.

    Raises:
        ModelUnavailable: with one line that says what to do.
    """
    loaded = load_model(name, weights, labels)
    with model_errors(f"The model {name!r} cannot be written to {target}", "try another"), _atomic_file(target) as made:
        export_model(loaded, made)


def write_quantised(source: Path, pictures: Sequence[Path], limits: ImageLimits, target: Path) -> Agreement:
    """Quantise a model to int8 for every CPU with pictures for calibration, and compare it with the original.

    Args:
        source: an fp32 model, as `write_model` writes it.
        pictures: files; those that cannot be decoded are skipped. A few hundred are enough.
        target: appears only when it is complete.

    Raises:
        ModelUnavailable: with one line that says what to do.
    """
    advice = "it has to be one that `predictor export` wrote, in fp32, with pictures that can be decoded"
    with model_errors(f"The model {source.name} cannot be quantised", advice), _atomic_file(target) as made:
        _, description = open_model(source, threads=0)
        seen = list(_prepared(pictures, description.recipe, limits))
        if not seen:
            raise ValueError("there is no picture")
        batches = [np.stack(seen[start : start + _BATCH]) for start in range(0, len(seen), _BATCH)]
        quantise_file(source, made, measured_ranges(onnx.load(source), batches), avoid_saturation=True)
        return _agreement(source, made, batches)


@contextmanager
def _atomic_file(target: Path) -> Iterator[Path]:
    """Temporary path to write to, renamed to `target` at the end."""
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=target.absolute().parent) as temporary:
        made = Path(temporary, target.name)
        yield made
        made.replace(target)


def _agreement(source: Path, made: Path, batches: Sequence[NDArray[np.uint8]]) -> Agreement:
    exact, fast = (
        np.concatenate([runtime.run(batch) for batch in batches])
        for runtime in (open_model(source, threads=0).runtime, open_model(made, threads=0).runtime)
    )
    same = int((exact.argmax(axis=1) == fast.argmax(axis=1)).sum())
    return Agreement(len(exact), same, float(np.median(np.abs(exact.max(axis=1) - fast.max(axis=1)))))


def _prepared(pictures: Sequence[Path], recipe: Recipe, limits: ImageLimits) -> Iterator[NDArray[np.uint8]]:
    for picture in pictures:
        try:
            yield prepare(picture.read_bytes(), recipe, limits)
        except InvalidInput:
            continue
