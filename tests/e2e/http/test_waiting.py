"""Waiting for a result over HTTP, against every shape of the service."""

import concurrent.futures
import json
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Produce
from tests.harness.service import COFFEE, Service


def submit_and_wait(service: Service, seconds: float) -> httpx.Response:
    headers = {"Content-Type": "image/png", "Prefer": f"wait={seconds:g}"}
    return service.client.post("/inference/image", content=COFFEE, headers=headers)


def test_a_submission_that_waits_is_answered_with_its_label(service: Service) -> None:
    answer = submit_and_wait(service, 25)
    assert (answer.status_code, answer.json()["prediction"]) == (200, "espresso")


def test_many_wait_at_once_and_each_gets_its_own(service: Service) -> None:
    with concurrent.futures.ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda _: submit_and_wait(service, 25), range(32)))
    assert [answer.status_code for answer in answers] == [200] * 32
    assert len({answer.json()["uuid"] for answer in answers}) == 32


def test_a_lookup_that_waits_is_answered_at_the_change(service: Service) -> None:
    uuid = service.submit(COFFEE)
    assert service.client.get(f"/predictions/{uuid}?wait=25").json()["status"] == "succeeded"


def events(service: Service, uuid: str, seen: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    with service.client.stream("GET", f"/predictions/{uuid}/events", headers={"Last-Event-ID": seen}) as stream:
        assert stream.status_code == 200
        name = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


def test_the_events_of_a_prediction_end_with_its_label(service: Service) -> None:
    told = list(events(service, service.submit(COFFEE)))
    names = [name for name, _ in told]
    assert names == sorted(names, key=["queued", "processing", "succeeded"].index)
    assert len(set(names)) == len(names)
    assert told[-1][1]["prediction"] == "espresso"
    assert [prediction["status"] for _, prediction in told] == names


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_answers_those_who_wait(produce: Produce, how: signal.Signals) -> None:
    # Without a worker nothing else would end the wait.
    service, answers = produce(), list[httpx.Response]()
    look = f"{service.url}/predictions/{service.submit(COFFEE)}?wait=60"
    waiter = threading.Thread(target=lambda: answers.append(httpx.get(look, timeout=60)))
    waiter.start()
    time.sleep(1)  # it has to have arrived: a connection that was not read yet is closed
    assert service.api is not None
    assert service.api.end(how) == 0
    waiter.join(30)
    assert [answer.json()["status"] for answer in answers] == ["queued"]
