"""A worker keeps its pictures while it is at work, however long a batch takes."""

import signal
import sys
from pathlib import Path

from tests.e2e.conftest import Produce
from tests.harness.held_engine import HOLD
from tests.harness.processes import Process
from tests.harness.service import CAMERA, COFFEE, ProductionService, eventually

SCRIPT = Path(__file__).parents[2] / "harness" / "held_engine.py"
# Longer than many leases of a second, and than the interval of 10 seconds between two looks for lost ones.
LONG_SECONDS = 12
HELD_LONG = f"status = 'processing' AND TIMESTAMPDIFF(SECOND, started_at, due_at) >= {LONG_SECONDS}"


def start_held_worker(service: ProductionService) -> Process:
    (service.folder / HOLD).touch()
    return service.start_worker(sys.executable, SCRIPT, "worker")


def submit(service: ProductionService) -> list[str]:
    return [service.submit(COFFEE if n % 2 else CAMERA) for n in range(4)]


def wait_until_held_long(service: ProductionService, uuids: list[str]) -> None:
    """All pictures are in work, and have been for many leases."""
    query = f"SELECT count(*) FROM predictions WHERE {HELD_LONG}"
    eventually(lambda: service.rows(query) == [(len(uuids),)])


def all_succeeded_at_once(service: ProductionService, uuids: list[str]) -> None:
    results = [service.result(uuid) for uuid in uuids]
    assert [(r["status"], r["attempts"]) for r in results] == [("succeeded", 1)] * len(uuids)


def test_a_batch_that_takes_many_leases_succeeds_at_its_first_attempt(produce: Produce) -> None:
    service = produce(lease_seconds=1, concurrency=4)
    uuids = submit(service)
    start_held_worker(service)
    wait_until_held_long(service, uuids)
    (service.folder / HOLD).unlink()
    all_succeeded_at_once(service, uuids)


def test_a_worker_that_stops_keeps_its_batch(produce: Produce) -> None:
    service = produce(lease_seconds=1, concurrency=4)
    uuids = submit(service)
    stopping = start_held_worker(service)
    eventually(lambda: service.rows("SELECT count(*) FROM predictions WHERE status = 'processing'") == [(len(uuids),)])
    stopping.send(signal.SIGTERM)
    service.start_worker()  # it looks for lost leases
    wait_until_held_long(service, uuids)
    (service.folder / HOLD).unlink()
    assert stopping.end(signal.SIGTERM) == 0
    all_succeeded_at_once(service, uuids)
