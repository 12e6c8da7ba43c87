"""A picture of one owner does not wait for the thousands that another one sent before."""

import base64
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Produce, Serve
from tests.harness.builders import png
from tests.harness.processes import PREDICTOR, environment
from tests.harness.service import EmbeddedService, ProductionService, eventually

MANY, IN_A_REQUEST = 1984, 32
# Pictures that engines have in hand or next to their hands, by default settings with two slots: the rest waits for its
# owner's turn.
MOST_AHEAD = 200


def client_of(service: EmbeddedService | ProductionService, owner: str) -> httpx.Client:
    """A client with a new key of an owner."""
    command: list[str | Path] = [PREDICTOR, "keys", "create", "--owner", owner]
    made = subprocess.run(command, env=environment(**service.settings), capture_output=True, text=True, check=True)
    return httpx.Client(timeout=60, headers={"Authorization": f"Bearer {made.stdout.strip()}"})


def submit_many(client: httpx.Client, priority: int) -> None:
    picture = {"name": "", "data": base64.b64encode(png(64)).decode(), "priority": priority}
    for _ in range(MANY // IN_A_REQUEST):
        answer = client.post("/inference/images", json={"images": [picture] * IN_A_REQUEST})
        assert answer.status_code == 202, answer.text


def result(client: httpx.Client, uuid: str) -> dict[str, Any]:
    def final() -> dict[str, Any] | None:
        prediction: dict[str, Any] = client.get(f"/predictions/{uuid}").json()
        return prediction if prediction["status"] in ("succeeded", "failed") else None

    return eventually(final)


def done(service: EmbeddedService | ProductionService) -> int:
    return int(service.rows("SELECT count(*) FROM predictions WHERE finished_at IS NOT NULL")[0][0])


def assert_the_second_does_not_wait_for_the_first(
    service: EmbeddedService | ProductionService, first: httpx.Client, second: httpx.Client, priority: int
) -> None:
    first.base_url = second.base_url = httpx.URL(service.url)
    submit_many(first, priority)
    before = done(service)
    accepted = second.post("/inference/image", content=png(64), headers={"Content-Type": "image/png"})
    assert result(second, accepted.json()["uuid"])["status"] == "succeeded"
    over = done(service)
    assert over < MANY, "nothing was left that could have been ahead"
    assert over - before < MOST_AHEAD
    waiting = second.get("/queue").json()["waiting"]
    assert MANY - over - MOST_AHEAD < waiting < MANY
    first.close()
    second.close()


@pytest.mark.parametrize("priority", [5, 9])
def test_in_the_embedded_queue(serve: Serve, priority: int) -> None:
    service = serve()
    first, second = client_of(service, "first"), client_of(service, "second")
    service.stop()
    service.settings["access"] = "keys"
    service.start()
    service.wait_until_ready()
    assert_the_second_does_not_wait_for_the_first(service, first, second, priority)


@pytest.mark.parametrize("priority", [5, 9])
def test_in_rabbitmq(produce: Produce, priority: int) -> None:
    service = produce()
    first, second = client_of(service, "first"), client_of(service, "second")
    assert service.api
    service.api.end(signal.SIGTERM)
    service.settings["access"] = "keys"
    service.start_api(2)
    service.start_worker()
    service.wait_until_ready()
    assert_the_second_does_not_wait_for_the_first(service, first, second, priority)
