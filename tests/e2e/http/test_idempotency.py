"""The same submission several times at once: one prediction, whichever process it reaches."""

import base64
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.e2e.conftest import Produce, Serve
from tests.harness.processes import PREDICTOR, Process
from tests.harness.service import CAMERA, COFFEE, EmbeddedService, ProductionService, count_pictures

KEY = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}
TIMES = 5


def submit(url: str, image: bytes = COFFEE, query: str = "") -> httpx.Response:
    headers = {"Content-Type": "image/png", **KEY}
    return httpx.post(f"{url}/inference/image{query}", content=image, headers=headers, timeout=30)


def assert_one_prediction(service: EmbeddedService | ProductionService, urls: Sequence[str], images: Path) -> None:
    """Sent at once to all of `urls`, in turn, it is one row, one picture and one answer; something else is refused."""
    with ThreadPoolExecutor(TIMES) as threads:
        answers = list(threads.map(submit, [urls[n % len(urls)] for n in range(TIMES)]))

    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len({answer.json()["uuid"] for answer in answers}) == 1
    for url in urls:
        for other in (submit(url, CAMERA), submit(url, COFFEE, "?top_k=3")):
            assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
    in_json = {"data": base64.b64encode(COFFEE).decode()}
    again = httpx.post(f"{urls[0]}/inference/image", json=in_json, headers=KEY, timeout=30)
    assert again.json()["uuid"] == answers[0].json()["uuid"]
    assert service.rows("SELECT count(*) FROM predictions") == [(1,)]
    assert count_pictures(images) == 1


def test_in_one_process(serve: Serve) -> None:
    service = serve()
    assert_one_prediction(service, [service.url], service.folder / "images")


def test_through_two_api_processes(produce: Produce) -> None:
    service = produce()
    other = Process([PREDICTOR, "api"], service.folder, "other.log", service.settings | {"port": 0})
    try:
        assert_one_prediction(service, [service.url, other.announced_url()], service.images)
    finally:
        other.end()
    service.start_worker()
    uuid = submit(service.url).json()["uuid"]
    result = service.result(uuid)
    assert (result["prediction"], result["attempts"]) == ("espresso", 1)
    assert (submit(service.url).status_code, submit(service.url).json()) == (200, result)
