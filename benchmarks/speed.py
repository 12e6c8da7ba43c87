"""Rate and CPU time of classification."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figures import median


@dataclass(frozen=True, slots=True)
class Speed:
    """Pictures a second, and CPU time of each.

    Args:
        rate: pictures a second.
        cpu: seconds of CPU time a picture, by whose they are. Unlike the rate it hardly depends on what else runs.
    """

    rate: float
    cpu: Mapping[str, float]

    @property
    def cpu_seconds_an_image(self) -> float:
        """Of all together."""
        return sum(self.cpu.values())


def typical(speeds: Sequence[Speed]) -> Speed:
    """The median of each number."""
    cpu = {name: median([speed.cpu[name] for speed in speeds]) for name in speeds[0].cpu}
    return Speed(median([speed.rate for speed in speeds]), cpu)
