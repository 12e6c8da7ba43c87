"""Ranges of a model's activations, measured on pictures and kept as JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

# Ranges of the default model, measured on 214 photographs, so that it runs in int8 without calibration.
DEFAULT_MODEL_RANGES = Path(__file__).with_name("efficientnet_lite0_ranges.json")


class Range(NamedTuple):
    """Range of the values of a tensor.

    Args:
        operator: computes the tensor. Identifies it, since names of tensors change between versions of torch.
        low, high: minimum and maximum.
        means: of each channel, to correct the mean error of rounded weights.
    """

    operator: str
    low: float
    high: float
    means: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ModelRanges:
    """Ranges in the order of `QDQGraph.tensors`, with the number of pictures and the `weights_identity`."""

    weights: str
    pictures: int
    ranges: tuple[Range, ...]


def read_ranges(path: Path) -> ModelRanges:
    """Read ranges from a file of `write_ranges`."""
    facts = json.loads(path.read_text())
    ranges = (Range(operator, low, high, tuple(means)) for operator, low, high, means in facts["ranges"])
    return ModelRanges(facts["weights"], facts["pictures"], tuple(ranges))


def write_ranges(found: ModelRanges, path: Path) -> None:
    """Write ranges as JSON, one tensor a line."""
    lines = ",\n".join(json.dumps(_rounded(entry), separators=(",", ":")) for entry in found.ranges)
    facts = f'"weights": {json.dumps(found.weights)},\n"pictures": {found.pictures},\n"ranges": [\n{lines}\n]'
    path.write_text(f"{{\n{facts}\n}}\n")


def _rounded(entry: Range) -> tuple[str, float, float, list[float]]:
    # A step is a 255th of a range, and a mean is one of thousands in a sum: more digits make no difference.
    means = [float(f"{mean:.3g}") for mean in entry.means]
    return entry.operator, float(f"{entry.low:.6g}"), float(f"{entry.high:.6g}"), means
