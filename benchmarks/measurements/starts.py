"""From the start of a process until it is ready, with the model in the cache."""

import time
from collections.abc import Callable

from adapters.vision.compiling.compiled_model import compiled_model
from benchmarks.bench import Bench, choice_of
from benchmarks.figures import Figure, Target, median
from tests.harness.service import eventually


def measure(bench: Bench) -> list[Figure]:
    """Each kind of process, several times, in turn."""
    compiled_model(choice_of(bench.precisions[0]))
    starts: dict[str, tuple[Callable[[Bench], float], Target]] = {
        "API": (_api, Target("9", 1.5, at_most=True)),
        "worker": (_worker, Target("9", 2.0, at_most=True)),
        "embedded service": (_embedded, Target("9", 2.5, at_most=True)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(int(bench.full_or_quick(3, 1))):
        for name, (start, _target) in starts.items():
            seconds[name].append(start(bench))
    return [
        Figure(f"start of the {name} until it is ready", median(seconds[name]), "s", target=target)
        for name, (_start, target) in starts.items()
    ]


def _api(bench: Bench) -> float:
    service = bench.production()
    try:
        service.start()
        assert service.api
        service.api.end()
        began = time.perf_counter()
        service.start_api()
        service.wait_until_ready()
        return time.perf_counter() - began
    finally:
        service.stop()


def _worker(bench: Bench) -> float:
    service = bench.production()
    try:
        service.start()
        began = time.perf_counter()
        worker = service.start_worker()
        eventually(lambda: "engine ready" in worker.log)
        return time.perf_counter() - began
    finally:
        service.stop()


def _embedded(bench: Bench) -> float:
    service = bench.embedded()
    try:
        began = time.perf_counter()
        service.start()
        service.wait_until_ready()
        return time.perf_counter() - began
    finally:
        service.stop()
