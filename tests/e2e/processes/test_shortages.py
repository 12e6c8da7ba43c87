"""The processes lack memory, file descriptors or a lock for a while: nothing ends, and nothing good fails."""

import io
import resource
import time
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from tests.e2e.conftest import Produce, Serve
from tests.harness.limits import NO_MORE, limited
from tests.harness.locked_database import locked_sqlite
from tests.harness.service import COFFEE, eventually


def large_png() -> bytes:
    """A small file of sixty megabytes of pixels, which is decoded as a whole, in a process of its own."""
    picture = Image.open(io.BytesIO(COFFEE)).convert("RGB")
    target = io.BytesIO()
    picture.resize((picture.width * 9, picture.height * 9), Image.Resampling.NEAREST).save(target, "PNG", optimize=True)
    return target.getvalue()


def test_a_worker_without_memory_leaves_a_picture_until_there_is_some(produce: Produce) -> None:
    service = produce(lease_seconds=2, concurrency=1)
    worker = service.start_worker()
    service.wait_until_ready()
    # A decoding process has the same limit, and cannot even load its libraries.
    with limited(worker.pid, 100_000_000, resource.RLIMIT_AS):
        large, small = service.submit(large_png()), service.submit(COFFEE)
        assert service.result(small)["prediction"] == "espresso"
        eventually(lambda: "a decoding process ended" in worker.log)
    result = service.result(large)
    assert result["status"] == "succeeded"
    assert result["attempts"] > 1
    assert worker.is_running


def test_a_worker_without_file_descriptors_waits(produce: Produce) -> None:
    service = produce()
    worker = service.start_worker()
    service.wait_until_ready()
    with limited(worker.pid, NO_MORE):
        uuids = [service.submit(COFFEE) for _ in range(10)]
        eventually(lambda: "image_store_unavailable" in worker.log)
    results = [service.result(uuid) for uuid in uuids]
    assert {(r["status"], r["attempts"]) for r in results} == {("succeeded", 1)}
    assert worker.is_running


def test_what_is_there_can_be_looked_up_while_a_backup_holds_the_database(serve: Serve) -> None:
    service = serve()
    service.wait_until_ready()
    known = service.submit(COFFEE)
    service.result(known)
    with ThreadPoolExecutor(1) as threads:
        with locked_sqlite(service.folder / "predictor.db"):
            waiting = threads.submit(service.submit, COFFEE)
            for _ in range(20):
                assert service.get(known)["status"] == "succeeded"
                time.sleep(0.05)
            assert not waiting.done()
        assert service.result(waiting.result())["status"] == "succeeded"
