"""Memory of the processes after work, and whether they carry torch."""

from benchmarks.bench import Bench
from benchmarks.contenders import Embedded, Production
from benchmarks.figures import Figure, Target
from benchmarks.processes import has_loaded, resident_megabytes

_TARGET = Target("8", 300, at_most=True)


def measure(bench: Bench) -> list[Figure]:
    """Under load for some seconds, then measured."""
    seconds = bench.full_or_quick(10, 2)
    figures = []
    with Production(bench) as production:
        production.speed(seconds)
        pids = production.processes()
        figures += [_memory("API", pids["API"]), _memory("worker", pids["worker"], _TARGET), _torch(pids["worker"])]
    with Embedded(bench) as embedded:
        embedded.speed(seconds)
        figures.append(_memory("embedded service", embedded.processes()["service"]))
    return figures


def _memory(name: str, pid: int, target: Target | None = None) -> Figure:
    return Figure(f"memory of the {name} after work", resident_megabytes(pid), "MB", target=target)


def _torch(pid: int) -> Figure:
    # The library is mapped as soon as the package is imported.
    loaded = has_loaded(pid, "libtorch")
    return Figure("worker has torch loaded (1: yes)", float(loaded), "", target=Target("8", 0, at_most=True))
