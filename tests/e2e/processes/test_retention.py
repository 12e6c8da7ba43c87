"""Old predictions and pictures go, exactly those, whatever interrupts it; a disk that is almost full is told."""

import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.e2e.conftest import Produce, Serve
from tests.harness.old_data import DAY, WEBHOOK, OldData, old_data, stored
from tests.harness.processes import PREDICTOR, Process, environment
from tests.harness.service import CAMERA, COFFEE, EmbeddedService, ProductionService, eventually
from tests.harness.service import rows as query_rows

HOUR = timedelta(hours=1)
KEYS = "SELECT img FROM predictions"


def purge(service: EmbeddedService | ProductionService, *options: str) -> str:
    """The output of `predictor purge`."""
    command: list[str | Path] = [PREDICTOR, "purge", *options]
    return subprocess.check_output(command, env=environment(**service.settings), text=True, cwd=service.folder)


def all_kinds(data: OldData) -> tuple[set[str], set[str]]:
    """The keys of what is due, predictions and orphans, and of what has to stay."""
    due = data.final(600, 2 * DAY) | data.final(20, 9 * DAY, webhook=WEBHOOK) | data.without_row(50, 2 * DAY)
    stays = data.final(50, HOUR) | data.waiting(50, 2 * DAY) | data.final(50, 2 * DAY, webhook=WEBHOOK)
    return due, stays


@contextmanager
def submitting(service: ProductionService) -> Iterator[list[str]]:
    """Pictures are submitted meanwhile; their uuids."""
    uuids, is_over = list[str](), Event()

    def submit() -> None:
        while not is_over.is_set():
            uuids.append(service.submit(COFFEE))

    with ThreadPoolExecutor(1) as threads:
        load = threads.submit(submit)
        try:
            yield uuids
        finally:
            is_over.set()
            load.result()


def rows(service: EmbeddedService | ProductionService) -> set[str]:
    return {key for (key,) in service.rows(KEYS)}


def test_a_purge_that_is_killed_again_and_again_takes_exactly_what_is_due(produce: Produce) -> None:
    service = produce(keep_predictions=1)
    with old_data(service.database_url, service.images, CAMERA) as data:
        due, stays = all_kinds(data)
    before = len(rows(service))
    with submitting(service) as uuids:
        for killed in range(1, 4):
            running = Process([PREDICTOR, "purge", "--yes"], service.folder, "purge.log", service.settings)
            eventually(lambda killed=killed: len(rows(service) & due) < before - 100 - 100 * killed)  # type: ignore[misc]
            running.end(signal.SIGKILL)
            assert stays <= rows(service) & stored(service.images)
        assert due & rows(service)
        purge(service, "--yes")
    assert len(uuids) > 3
    submitted = {key for (key,) in service.rows(f"{KEYS} WHERE name = 'picture'")}
    assert len(submitted) == len(uuids)
    assert rows(service) == stored(service.images) == stays | submitted


def test_two_purges_at_once_do_no_harm(produce: Produce) -> None:
    service = produce(keep_predictions=1)
    with old_data(service.database_url, service.images, CAMERA) as data:
        _, stays = all_kinds(data)
    with ThreadPoolExecutor(2) as threads:
        outputs = list(threads.map(lambda _: purge(service, "--yes"), range(2)))
    assert sum(int(output.splitlines()[0].split()[-1]) for output in outputs) == 620
    assert rows(service) == stored(service.images) == stays


def test_pictures_go_before_their_predictions(serve: Serve) -> None:
    service = serve(keep_images=1)
    service.wait_until_ready()
    with old_data(f"sqlite:///{service.folder / 'predictor.db'}", service.folder / "images", CAMERA) as data:
        [old], [young] = data.final(1, 2 * DAY), data.final(1, HOUR)
    assert purge(service, "--dry-run").splitlines()[2].split()[-3] == "1"
    service.stop()
    purge(service, "--yes")
    service.start()
    assert stored(service.folder / "images") == {young}
    uuid = old.partition("/")[2].partition(".")[0]
    assert service.get(uuid)["status"] == "canceled"
    prediction = f"/predictions/{uuid}"
    for missing in (service.client.get(f"{prediction}/image"), service.client.post(f"{prediction}/retry")):
        assert (missing.status_code, missing.json()["code"]) == (404, "image_missing")
    assert service.client.delete(prediction).status_code == 204


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Mount a small file system; skips the test where that is not allowed."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount file systems")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_on_a_disk_that_is_almost_full_results_are_written_and_new_pictures_refused(
    serve: Serve, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, 64):
        service = serve(data_dir=disk, database_url=f"sqlite:///{disk / 'predictor.db'}", min_free_disk_mb=16)
        service.wait_until_ready()
        uuids = [service.submit(COFFEE, priority=number % 10) for number in range(20)]
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(40 * 2**20))
        refused = eventually(lambda: r if (r := post(service)).status_code == 507 else None)
        assert (refused.json()["code"], "Retry-After" in refused.headers) == ("disk_almost_full", False)
        assert {service.result(uuid)["status"] for uuid in uuids} == {"succeeded"}
        ready = service.client.get("/health/ready")
        assert (ready.status_code, "almost full" in ready.json()["checks"]["disk"]) == (200, True)
        assert service.process is not None
        assert service.process.log.count("disk almost full") == 1
        kept = query_rows(str(service.settings["database_url"]), KEYS)
        assert {key for (key,) in kept} == stored(disk / "images")
        ballast.unlink()
        time.sleep(1.1)  # so long a reading counts
        assert post(service).status_code == 202
        assert "disk" not in service.client.get("/health/ready").json()["checks"]
        service.stop()


def post(service: EmbeddedService) -> httpx.Response:
    return service.client.post("/inference/image", content=COFFEE, headers={"Content-Type": "image/png"})
