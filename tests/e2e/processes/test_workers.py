"""The number of workers, as the service tells it."""

import json
import signal
import subprocess
from typing import Any

from playwright.sync_api import expect

from tests.e2e.conftest import Produce, Serve
from tests.harness.browsing import Visit
from tests.harness.processes import PREDICTOR, environment
from tests.harness.service import COFFEE, Service, eventually


def status(service: Service) -> dict[str, Any]:
    """Output of `predictor status`."""
    done = subprocess.run(
        [PREDICTOR, "status", "--json", "--url", service.url],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def workers(service: Service) -> int | None:
    """Number of workers that the service counts; None while it cannot."""
    answer = service.client.get("/queue")
    return int(answer.json()["workers"]) if answer.status_code == 200 else None


def test_workers_are_counted_as_they_come_and_go(produce: Produce) -> None:
    service = produce()
    eventually(lambda: workers(service) == 0)
    uuids = [service.submit(COFFEE) for _ in range(3)]
    eventually(lambda: service.client.get("/queue").json() == {"waiting": 3, "workers": 0})
    told = status(service)
    assert (told["workers"], told["waiting"], told["queued"], told["processing"]) == (0, 3, 3, 0)

    first, _ = service.start_worker(), service.start_worker()
    for uuid in uuids:
        assert service.result(uuid)["prediction"] == "espresso"
    eventually(lambda: workers(service) == 2)
    told = status(service)
    assert (told["workers"], told["waiting"], told["queued"], told["processing"]) == (2, 0, 0, 0)

    first.end(signal.SIGKILL)
    eventually(lambda: workers(service) == 1)


def test_the_embedded_mode_is_its_own_worker(serve: Serve) -> None:
    service = serve()
    service.wait_until_ready()
    told = status(service)
    assert (told["ready"], told["workers"], told["waiting"]) == (True, 1, 0)


def test_the_page_says_that_no_worker_is_running(produce: Produce, visit: Visit) -> None:
    service = produce()
    only = service.start_worker()
    eventually(lambda: workers(service) == 1)
    page = visit(service.url)

    only.end(signal.SIGKILL)
    expect(page.locator("#banner")).to_contain_text("No worker is running.")
    expect(page.locator("#health")).to_have_text("No worker")
    for _ in range(101):  # one more than a page of the list
        service.submit(COFFEE)
    expect(page.locator('[data-part="waiting"]')).to_have_text("101")

    service.start_worker()
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#health")).to_have_text("Ready")
