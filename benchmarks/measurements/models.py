"""ONNX Runtime against PyTorch, the model alone."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.bench import Bench, settings_for
from benchmarks.figures import Figure, Target

_FASTER = Target("3b", 1.8)


def measure(bench: Bench) -> list[Figure]:
    """Every engine and way to use it, in turn, in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        rounds, seconds = int(bench.full_or_quick(3, 1)), bench.full_or_quick(1, 0.3)
        found = process.submit(_speeds, settings_for(bench.precisions[0]).cache_folder, rounds, seconds).result()
    figures = [Figure(f"model alone, {name}", speed["images a second"], "images/s") for name, speed in found.items()]
    fp32, int8 = _best(found, "fp32"), _best(found, "int8")
    return [*figures, Figure("model alone, best of int8", int8, "images/s", int8 / fp32, "best of fp32", _FASTER)]


def _best(found: dict[str, dict[str, float]], precision: str) -> float:
    return max(speed["images a second"] for name, speed in found.items() if f"onnxruntime {precision}" in name)


def _speeds(cache: Path, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    # Imported in the process that runs them only.
    from benchmarks import runtimes
    from entrypoints.setting_types import usable_cores

    cores = usable_cores()
    return runtimes.measure([*runtimes.contenders(cores, cache), runtimes.torch_contender(cores)], rounds, seconds)
