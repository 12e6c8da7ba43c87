"""Memory and latency of two thousand clients that wait for one result."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

from benchmarks.bench import Bench
from benchmarks.client import Outcome, Plan, get
from benchmarks.figures import Figure, Target
from benchmarks.processes import resident_megabytes
from tests.harness.service import CAMERA, EmbeddedService, ProductionService

_MEMORY = Target("waiting", 300, at_most=True)
_SECONDS = Target("waiting", 1, at_most=True)
# In the embedded mode the result is behind so many others, so that everybody waits before it is there.
_BEFORE = 600
_GATHERING_SECONDS = 3.0


def measure(bench: Bench) -> list[Figure]:
    """The API with its worker started last, and the embedded mode with work enough before."""
    waiters = int(bench.full_or_quick(2000, 200))
    return [*_production(bench, waiters), *_embedded(bench, waiters)]


def _production(bench: Bench, waiters: int) -> list[Figure]:
    service: ProductionService = bench.production()
    try:
        service.start()
        assert service.api
        pid, uuid = service.api.pid, service.submit(CAMERA)
        answers = _wait(bench, service.url, uuid, waiters)
        megabytes = resident_megabytes(pid)
        service.start_worker()
        return _figures("production, API", megabytes, answers.result(), _MEMORY)
    finally:
        service.stop()


def _embedded(bench: Bench, waiters: int) -> list[Figure]:
    service: EmbeddedService = bench.embedded()
    try:
        service.start()
        service.wait_until_ready()
        assert service.process
        with ThreadPoolExecutor(8) as clients:
            list(clients.map(lambda _: service.submit(CAMERA), range(int(bench.full_or_quick(_BEFORE, 100)))))
        answers = _wait(bench, service.url, service.submit(CAMERA), waiters)
        megabytes = resident_megabytes(service.process.pid)
        return _figures("embedded, engine and all", megabytes, answers.result())
    finally:
        service.stop()


def _wait(bench: Bench, url: str, uuid: str, waiters: int) -> "Future[Outcome]":
    """Let them ask, each over a connection of its own, and give them the time to; what they got comes later."""
    plan = Plan(url, [get(f"/predictions/{uuid}?wait=60")], waiters, 60, 0, labels=True, once=True)
    answers = ThreadPoolExecutor(1).submit(bench.client.drive, plan)
    time.sleep(_GATHERING_SECONDS)
    return answers


def _figures(where: str, megabytes: float, outcome: Outcome, target: Target | None = None) -> list[Figure]:
    assert not outcome.bad, f"{outcome.bad} of {outcome.total} answers were bad"
    title = f"{outcome.total:,} clients wait for one result, {where}"
    return [
        Figure(f"{title}: memory", megabytes, "MB", target=target),
        Figure("... from the end of the work until the last has it", max(outcome.late), "s", target=_SECONDS),
    ]
