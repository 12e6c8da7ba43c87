"""Canceling, retrying and deleting what waits and what an engine has in its hands."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Produce
from tests.harness.held_engine import HOLD
from tests.harness.service import CAMERA, COFFEE, EmbeddedService, ProductionService, eventually

SCRIPT = Path(__file__).parents[2] / "harness" / "held_engine.py"
# One picture in work, so that the others wait.
ONE_BY_ONE = {"concurrency": 1, "batch_size": 1}


class Held:
    """A service whose engine waits to be let."""

    def __init__(self, service: EmbeddedService | ProductionService, images: Path) -> None:
        self.service = service
        self.images = images
        self._hold = service.folder / HOLD
        self._hold.touch()

    def let_go(self) -> None:
        self._hold.unlink()

    def in_work(self) -> str:
        """The uuid of a picture that the engine has begun, and will not end before it is let."""
        uuid = self.service.submit(COFFEE)
        eventually(lambda: self.service.get(uuid)["status"] == "processing")
        return uuid

    def post(self, uuid: str, action: str) -> httpx.Response:
        return self.service.client.post(f"/predictions/{uuid}/{action}")

    def succeeds(self, uuid: str, label: str, attempts: int) -> None:
        result = self.service.result(uuid)
        assert (result["status"], result["prediction"], result["attempts"]) == ("succeeded", label, attempts)

    def file_of(self, uuid: str) -> Path:
        [path] = self.images.glob(f"*/{uuid}.*")
        return path


@pytest.fixture(params=["embedded", "production"])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Held]:
    if request.param == "embedded":
        embedded = EmbeddedService(tmp_path, **ONE_BY_ONE)
        (tmp_path / HOLD).touch()
        try:
            embedded.start(sys.executable, SCRIPT, "serve")
            yield Held(embedded, tmp_path / "images")
        finally:
            embedded.stop(signal.SIGKILL)
    else:
        produce: Produce = request.getfixturevalue("produce")
        production = produce(**ONE_BY_ONE)
        started = Held(production, production.images)
        production.start_worker(sys.executable, SCRIPT, "worker")
        yield started


def state(prediction: dict[str, Any]) -> tuple[str, int, str | None]:
    return prediction["status"], prediction["attempts"], prediction["prediction"]


def test_canceled_while_it_is_queued_it_is_never_run(held: Held) -> None:
    first = held.in_work()
    waiting = held.service.submit(CAMERA)

    answer = held.post(waiting, "cancel")
    held.let_go()
    held.succeeds(first, "espresso", attempts=1)
    held.succeeds(held.service.submit(CAMERA), "tripod", attempts=1)

    assert (answer.status_code, state(answer.json())) == (200, ("canceled", 0, None))
    assert held.service.get(waiting) == answer.json()
    assert answer.json()["started_at"] is None
    assert held.post(waiting, "cancel").status_code == 409


def test_canceled_while_it_is_in_work_it_stays_canceled(held: Held) -> None:
    uuid = held.in_work()

    answer = held.post(uuid, "cancel")
    held.let_go()
    held.succeeds(held.service.submit(CAMERA), "tripod", attempts=1)

    assert (answer.status_code, state(answer.json())) == (200, ("canceled", 1, None))
    assert held.service.get(uuid) == answer.json()


def test_canceled_and_retried_while_it_is_in_work_only_the_new_attempt_counts(held: Held) -> None:
    uuid = held.in_work()

    assert held.post(uuid, "cancel").status_code == 200
    answer = held.post(uuid, "retry")
    held.let_go()

    assert (answer.status_code, state(answer.json())) == (200, ("queued", 1, None))
    held.succeeds(uuid, "espresso", attempts=2)
    assert held.post(uuid, "retry").status_code == 409


def test_one_that_failed_for_want_of_its_picture_succeeds_once_it_is_back(held: Held, tmp_path: Path) -> None:
    first = held.in_work()
    uuid = held.service.submit(CAMERA)
    path = held.file_of(uuid)
    away = path.rename(tmp_path / path.name)
    held.let_go()
    held.succeeds(first, "espresso", attempts=1)
    assert held.service.result(uuid)["error"]["code"] == "image_missing"

    refused = held.post(uuid, "retry")
    away.rename(path)
    answer = held.post(uuid, "retry")

    assert (refused.status_code, refused.json()["code"]) == (404, "image_missing")
    assert (answer.status_code, state(answer.json()), answer.json()["error"]) == (200, ("queued", 1, None), None)
    held.succeeds(uuid, "tripod", attempts=2)


def test_deleted_while_it_is_in_work_nothing_of_it_comes_back(held: Held) -> None:
    uuid, waiting = held.in_work(), held.service.submit(COFFEE)

    answers = [held.service.client.delete(f"/predictions/{each}") for each in (uuid, waiting)]
    held.let_go()
    held.succeeds(held.service.submit(CAMERA), "tripod", attempts=1)

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    for each in (uuid, waiting):
        assert held.service.client.get(f"/predictions/{each}").status_code == 404
        assert held.service.client.get(f"/predictions/{each}/image").status_code == 404
        assert held.service.client.delete(f"/predictions/{each}").status_code == 404
    assert held.service.traces() == (1, 1)
