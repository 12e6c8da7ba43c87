"""Memory, descriptors and threads of processes over time, and their slopes: what leaks, grows."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

# Names of what is measured of each process.
MEMORY, DESCRIPTORS, THREADS = "memory MB", "descriptors", "threads"
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# A slope of fewer points says nothing.
_FEWEST_POINTS = 3


@dataclass(frozen=True, slots=True)
class Slope:
    """The line through what was measured: its growth in an hour, and the first and the last value."""

    per_hour: float
    first: float
    last: float

    def is_leak(self, least: float, share: float = 0.1) -> bool:
        """True if an hour adds more than `least`, and more than this share of the first value."""
        return self.per_hour > max(least, share * self.first)

    def __str__(self) -> str:
        return f"{self.per_hour:+.1f} an hour, {self.first:.0f} to {self.last:.0f}"


class Sampler:
    """Measures processes, those that they started included, and the sum of all.

    Args:
        processes: returns the processes by name; called each time, as they may be started again.
        now: returns the time in seconds.
    """

    def __init__(self, processes: Callable[[], Mapping[str, int]], now: Callable[[], float] = time.monotonic) -> None:
        self._processes = processes
        self._now = now
        self._began = now()
        # By the name of the process, with its id, and the name of what is measured: seconds and values.
        self._points: dict[tuple[str, str], list[tuple[float, float]]] = {}

    def sample(self) -> None:
        """Measure everything once."""
        total = dict.fromkeys((MEMORY, DESCRIPTORS, THREADS), 0.0)
        for name, root in self._processes().items():
            for pid in (root, *descendants(root)):
                measured = measure(pid)
                self.add(f"{name} {pid}", measured)
                for what, value in measured.items():
                    total[what] += value
        self.add("all processes", total)

    def add(self, name: str, measured: Mapping[str, float]) -> None:
        """Note what was measured elsewhere. For any thread."""
        for what, value in measured.items():
            self._points.setdefault((name, what), []).append((self._now() - self._began, value))

    def slopes(self, warm_up: float) -> dict[tuple[str, str], Slope]:
        """Slopes after `warm_up` seconds, of what was there from then to the end.

        A process that was killed in between is another one afterwards, and has no slope.
        """
        end = max((points[-1][0] for points in self._points.values()), default=0.0)
        return {
            name: slope(points)
            for name, all_points in sorted(self._points.items())
            if len(points := [point for point in all_points if point[0] >= warm_up]) >= _FEWEST_POINTS
            and _covers(points, warm_up, end)
        }


def slope(points: Iterable[tuple[float, float]]) -> Slope:
    """Slope of values by seconds, by least squares."""
    seconds, values = zip(*points, strict=True)
    return Slope(linear_regression(seconds, values).slope * 3600, values[0], values[-1])


def measure(pid: int) -> dict[str, float]:
    """Memory, descriptors and threads of a process; nothing once it is gone."""
    with suppress(OSError, KeyError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
        return {
            MEMORY: int(status["VmRSS"][0]) / 1024,
            DESCRIPTORS: sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
            THREADS: int(status["Threads"][0]),
        }
    return {}


def descendants(pid: int) -> Iterator[int]:
    """The processes that a process started, and those that they started."""
    with suppress(OSError):
        for children in list(Path(f"/proc/{pid}/task").glob("*/children")):
            for child in map(int, children.read_text().split()):
                yield child
                yield from descendants(child)


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def _covers(points: list[tuple[float, float]], start: float, end: float) -> bool:
    # A tenth is what a slow reading, or one that a fault prevented, may miss at either end.
    missing = 0.1 * (end - start)
    return points[0][0] <= start + missing and points[-1][0] >= end - missing
