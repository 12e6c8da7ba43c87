"""The image store is not mounted for a while: an empty folder, or an empty file system, is in its place."""

import base64
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest

from adapters.storage.marker import MARKER
from tests.e2e.conftest import Produce, Serve
from tests.harness.empty_folder import replaced_by_an_empty_folder
from tests.harness.processes import PREDICTOR, environment
from tests.harness.service import COFFEE, ProductionService, count_files, count_pictures, eventually


@contextmanager
def covered_by_an_empty_file_system(folder: Path) -> Iterator[None]:
    """Mount an empty file system over `folder`; skips the test where that is not allowed."""
    mounting = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount file systems")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def problem_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("away", [replaced_by_an_empty_folder, covered_by_an_empty_file_system])
def test_pictures_wait_for_their_store_and_nothing_is_written_in_its_place(
    produce: Produce, away: Callable[[Path], AbstractContextManager[None]]
) -> None:
    service = produce(min_free_disk_mb=0)  # what covers it is small
    service.wait_until_ready()
    uuids = [service.submit(COFFEE) for _ in range(10)]
    before = service.traces()
    with away(service.images):
        worker = service.start_worker()
        eventually(lambda: "image_store_unavailable" in worker.log)
        assert problem_of(service.client.get(f"/predictions/{uuids[0]}/image")) == (503, "image_store_unavailable")
        refused_everywhere(service)
        assert problem_of(service.client.delete(f"/predictions/{uuids[0]}")) == (503, "image_store_unavailable")
        assert count_files(service.images) == 0
        assert service.rows("SELECT count(*) FROM predictions")[0][0] == before[0]
        assert {service.get(uuid)["status"] for uuid in uuids[1:]} <= {"queued", "processing"}
    results = [service.result(uuid) for uuid in uuids[1:]]
    assert {(result["status"], result["attempts"]) for result in results} == {("succeeded", 1)}
    service.wait_until_ready()
    assert service.client.delete(f"/predictions/{uuids[0]}").status_code == 204
    assert service.traces() == (before[0] - 1, before[1] - 1)


def refused_everywhere(service: ProductionService) -> None:
    """It is not ready, says why, and accepts no picture."""
    ready = service.client.get("/health/ready")
    assert ready.status_code == 503
    assert MARKER in ready.json()["checks"]["image_store"]
    assert {name for name, state in ready.json()["checks"].items() if state != "ok"} == {"image_store"}
    body = {"name": "picture", "data": base64.b64encode(COFFEE).decode()}
    one = service.client.post("/inference/image", json=body)
    several = service.client.post("/inference/images", json={"images": [body, body]})
    for refused in (one, several):
        assert problem_of(refused) == (503, "image_store_unavailable")
        assert refused.headers["Retry-After"]


def test_an_old_store_is_not_used_before_it_was_migrated(produce: Produce) -> None:
    service = produce()
    service.wait_until_ready()
    uuid = service.submit(COFFEE)
    (service.images / MARKER).unlink()
    refused_everywhere(service)
    assert service.client.get(f"/predictions/{uuid}/image").content == COFFEE
    done = subprocess.run(
        [PREDICTOR, "migrate"], env=environment(**service.settings), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[1] == (f"The image store at {service.images} has pictures, and has got its marker.")
    service.wait_until_ready()


def test_the_embedded_mode_does_not_start_again_without_its_pictures(serve: Serve) -> None:
    service = serve()
    service.wait_until_ready()
    uuid = service.submit(COFFEE)
    service.result(uuid)
    images = service.folder / "images"
    with replaced_by_an_empty_folder(images):
        ready = service.client.get("/health/ready")
        assert (ready.status_code, MARKER in ready.json()["checks"]["image_store"]) == (503, True)
        service.stop()
        done = subprocess.run(
            [PREDICTOR, "serve"], env=environment(**service.settings), capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "predictor migrate --new-image-store" in done.stderr.splitlines()[-1]
        assert count_files(images) == 0
    service.start()
    service.wait_until_ready()
    assert service.client.get(f"/predictions/{uuid}/image").content == COFFEE
    assert count_pictures(images) == 1
