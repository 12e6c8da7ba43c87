"""Looking a prediction up by its uuid, among few and among many."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.bench import Bench
from benchmarks.client import Plan, get
from benchmarks.figures import Figure, Target, median
from benchmarks.pictures import tiny_picture
from benchmarks.rows import multiply, uuid_of
from tests.harness.service import EmbeddedService, ProductionService

_FEW = 1_000
_TARGET = Target("6", 1.2, at_most=True)
# Different ones, so that the database cannot keep the last one at hand.
_ASKED = 5_000

Serve = Callable[[Bench, int], Iterator[str]]


def measure(bench: Bench) -> list[Figure]:
    """Both kinds of database, each with few and with many rows, in turn."""
    return [*_compare(bench, "embedded, SQLite", _embedded), *_compare(bench, "production, MariaDB", _production)]


def _compare(bench: Bench, title: str, serve: Serve) -> list[Figure]:
    many = int(bench.full_or_quick(1_000_000, 20_000))
    taken: dict[int, list[float]] = {_FEW: [], many: []}
    with ExitStack() as running:
        urls = {rows: running.enter_context(contextmanager(serve)(bench, rows)) for rows in taken}
        plans = {rows: Plan(url, _requests(rows), 1, bench.full_or_quick(2, 0.5)) for rows, url in urls.items()}
        for _ in range(bench.rounds):
            for rows, plan in plans.items():
                taken[rows] += bench.client.drive(plan).seconds
    few, lots = median(taken[_FEW]), median(taken[many])
    title = f"GET /predictions/<uuid>, {title}"
    return [
        Figure(f"{title}, {_FEW:,} rows, p50", 1000 * few, "ms"),
        Figure(f"{title}, {many:,} rows, p50", 1000 * lots, "ms", lots / few, f"{_FEW:,} rows", _TARGET),
    ]


def _requests(rows: int) -> list[bytes]:
    generator = random.Random(7)
    return [get(f"/predictions/{uuid_of(generator.randrange(rows))}") for _ in range(_ASKED)]


def _embedded(bench: Bench, rows: int) -> Iterator[str]:
    service = bench.embedded()
    _make_one(service)
    service.stop()
    # Nobody else may write to the database of a service that runs.
    multiply(f"sqlite:///{service.folder / 'predictor.db'}", rows)
    service.start()
    try:
        service.wait_until_ready()
        yield service.url
    finally:
        service.stop()


def _production(bench: Bench, rows: int) -> Iterator[str]:
    service = bench.production()
    try:
        service.start()
        worker = service.start_worker()
        _wait_for_one(service)
        worker.end()
        multiply(service.database_url, rows)
        yield service.url
    finally:
        service.stop()


def _make_one(service: EmbeddedService) -> None:
    service.start()
    _wait_for_one(service)


def _wait_for_one(service: EmbeddedService | ProductionService) -> None:
    service.result(service.submit(tiny_picture()))
