"""Where the activations of a model lie: what has to be known of it for int8. All of it comes from pictures."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

# Measured on 214 photographs; the default model runs in int8 without any pictures.
SHIPPED = Path(__file__).with_name("efficientnet_lite0_ranges.json")


class Range(NamedTuple):
    """Where the values of a tensor lie.

    Args:
        operator: what computes the tensor, to recognise it by: names of tensors change from one torch to the next.
        low, high: its least and its greatest value.
        means: of each of its channels, to correct what rounded weights add to their sums on average.
    """

    operator: str
    low: float
    high: float
    means: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ModelRanges:
    """The ranges of a model with certain weights.

    Args:
        weights: their identity, see `weights_identity`.
        pictures: how many were looked at.
        ranges: in the order of `QDQGraph.tensors`.
    """

    weights: str
    pictures: int
    ranges: tuple[Range, ...]


def read_ranges(path: Path) -> ModelRanges:
    """Read what `write_ranges` wrote."""
    facts = json.loads(path.read_text())
    ranges = (Range(operator, low, high, tuple(means)) for operator, low, high, means in facts["ranges"])
    return ModelRanges(facts["weights"], facts["pictures"], tuple(ranges))


def write_ranges(found: ModelRanges, path: Path) -> None:
    """Write them as JSON, a tensor a line."""
    lines = ",\n".join(json.dumps(_rounded(entry), separators=(",", ":")) for entry in found.ranges)
    facts = f'"weights": {json.dumps(found.weights)},\n"pictures": {found.pictures},\n"ranges": [\n{lines}\n]'
    path.write_text(f"{{\n{facts}\n}}\n")


def _rounded(entry: Range) -> tuple[str, float, float, list[float]]:
    # A step is a 255th of a range, and a mean is one of thousands in a sum: more digits say nothing.
    means = [float(f"{mean:.3g}") for mean in entry.means]
    return entry.operator, float(f"{entry.low:.6g}"), float(f"{entry.high:.6g}"), means
