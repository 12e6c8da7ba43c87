"""Speed of the runtimes with the model alone: images a second, and CPU time an image.

    python benchmarks/runtimes.py [--cores 2] [--rounds 3] [--seconds 2] [--torch]

Runs every engine with one caller on all cores and with a caller of one thread on each core, on batches of 1 and 8,
in turns, so that what else the machine does hits all alike; gives the median of the rounds. On a busy machine the CPU
time tells more than the rate. OpenVINO takes part where
it is installed (`pip install openvino`); the service does not need it. Prints JSON.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.vision.compiling.compiled_model import compiled_model
from adapters.vision.compiling.cpu_features import int8_sums_saturate
from adapters.vision.models.catalogue import load_model
from adapters.vision.models.model_choice import DEFAULT_MODEL, ModelChoice, Precision, RuntimeKind
from adapters.vision.runtimes.onnx_runtime import open_model

_PACKAGES = ("onnxruntime", "openvino", "torch", "numpy")
_BATCHES = (1, 8)
_WARM_UP_SECONDS = 0.3

Run = Callable[[NDArray[np.uint8]], object]


class Contender(NamedTuple):
    """An engine that is ready, and how it is used."""

    name: str
    callers: int
    run: Run


def openvino_run(model: bytes, threads: int, streams: int) -> Run:
    """OpenVINO with as many streams as callers, each with an inference request of its own."""
    import openvino

    options = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": streams,
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,
    }
    core: Any = openvino.Core()
    compiled = core.compile_model(core.read_model(model, b""), "CPU", options)
    requests = threading.local()

    def run(batch: NDArray[np.uint8]) -> object:
        if not hasattr(requests, "own"):
            requests.own = compiled.create_infer_request()
        return requests.own.infer({0: batch}, share_inputs=True)[0]

    return run


def contenders(cores: int, cache: Path) -> Iterator[Contender]:
    """All engines, in both precisions and both ways of use."""
    ways = ((1, cores), (cores, 1)) if cores > 1 else ((1, 1),)
    for precision in Precision:
        model = compiled_model(ModelChoice(DEFAULT_MODEL, None, cache, RuntimeKind.CPU, precision))
        for callers, threads in ways:
            how = f"{precision}, {callers} x {threads}"
            yield Contender(f"onnxruntime {how}", callers, open_model(model, threads).runtime.run)
            if "openvino" in versions():
                yield Contender(f"openvino {how}", callers, openvino_run(model.read_bytes(), cores, callers))


def torch_contender(cores: int) -> Contender:
    """The reference engine with one caller."""
    from adapters.vision.runtimes.torch_runtime import TorchRuntime

    network, description = load_model(DEFAULT_MODEL, None)
    return Contender(f"torch fp32, 1 x {cores}", 1, TorchRuntime(network, description.recipe, cores).run)


class Speed(NamedTuple):
    """Images a second of all callers together, and milliseconds of CPU time an image."""

    rate: float
    cpu_ms: float


def speed(contender: Contender, batch_size: int, seconds: float) -> Speed:
    """Run an engine for a while."""
    batch = np.random.default_rng(0).integers(0, 256, (batch_size, 224, 224, 3), dtype=np.uint8)
    warm_up_until = time.perf_counter() + _WARM_UP_SECONDS
    while time.perf_counter() < warm_up_until:
        contender.run(batch)
    start, cpu_start = time.perf_counter(), time.process_time()
    done = [0] * contender.callers

    def call(index: int) -> None:
        while time.perf_counter() < start + seconds:
            contender.run(batch)
            done[index] += batch_size

    callers = [threading.Thread(target=call, args=(index,)) for index in range(contender.callers)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    images, cpu_seconds = sum(done), time.process_time() - cpu_start
    return Speed(images / (time.perf_counter() - start), 1000 * cpu_seconds / images)


def versions() -> dict[str, str]:
    """The versions of the engines that are installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def measure(engines: list[Contender], rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """For each engine and batch size the medians of its speeds."""
    found: dict[tuple[str, int], list[Speed]] = {}
    for _ in range(rounds):
        for size in _BATCHES:
            for engine in engines:
                found.setdefault((engine.name, size), []).append(speed(engine, size, seconds))
    return {f"{name}, batch {size}": _median(speeds) for (name, size), speeds in sorted(found.items())}


def _median(speeds: list[Speed]) -> dict[str, float]:
    return {
        "images a second": round(statistics.median(found.rate for found in speeds)),
        "CPU ms an image": round(statistics.median(found.cpu_ms for found in speeds), 2),
    }


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description="Images a second of the model alone, engine against engine.")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--torch", action="store_true", help="The reference engine, too.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        engines = list(contenders(arguments.cores, Path(cache)))
    if arguments.torch:
        engines.append(torch_contender(arguments.cores))
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {arguments.cores} cores, Python {platform.python_version()}",
        "8-bit products": "summed in 16 bits" if int8_sums_saturate() else "exact",
        "versions": versions(),
        "load before": round(os.getloadavg()[0], 1),
        "speeds": measure(engines, arguments.rounds, arguments.seconds),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
