"""Owners that send thousands of pictures, and others who send one now and then."""

import base64
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from application.accept.submit_predictions import SubmitPredictions
from soak.scenario_run import ScenarioRun, quantiles
from soak.scenarios.queues import replace_queues
from soak.supervisor import SupervisedProcess
from soak.system import Layout, System, answers
from tests.harness.processes import PREDICTOR, environment
from tests.harness.servers.process import free_port
from tests.harness.servers.rabbitmq import RabbitMQServer
from tests.harness.service import eventually, rows

# What another owner's picture may take, whatever the first one sends.
_MOST_SECONDS = 5.0
# Between two pictures of the other owner: most of the time it has none.
_PAUSE_SECONDS = 0.5
_OWNERS = 50
_CLIENTS = 4
_DRAIN_SECONDS = 3600.0
# However long that takes: it is to wait.
_NO_BOUND: dict[str, object] = {"max_queue_seconds": 1_000_000}
# RabbitMQ 3.10 that is killed sooner after the declaration of a queue may forget its log.
_QUEUE_AGE_SECONDS = 5.0
_UUIDS = "SELECT uuid, status FROM predictions"


class Owners:
    """Clients of several owners, and what was accepted from them.

    Args:
        run: gets the figures.
        url: of the service.
        keys: of each owner.
    """

    def __init__(self, run: ScenarioRun, url: str, keys: Sequence[str]) -> None:
        self._run = run
        self._keys = keys
        self._client = httpx.Client(base_url=url, timeout=60)
        self._picture = run.pictures[0]
        self.accepted: list[str] = []

    def flood(self, owner: int, count: int, priority: int = 5) -> None:
        """Submit many pictures, as fast as the service takes them."""
        batch = SubmitPredictions.MAX_PICTURES
        image = {"name": "", "data": base64.b64encode(self._picture.data).decode(), "priority": priority}
        with ThreadPoolExecutor(_CLIENTS) as threads:
            sizes = [batch] * (count // batch) + ([count % batch] if count % batch else [])
            list(threads.map(lambda size: self._submit(owner, [image] * size), sizes))

    def seconds_of_single_pictures(self, owner: int, seconds: float) -> list[float]:
        """How long each picture of an owner takes that sends one after the other."""
        until, durations = time.monotonic() + seconds, []
        while time.monotonic() < until:
            began = time.monotonic()
            answer = self._client.post(
                "/inference/image",
                params={"priority": 5},
                content=self._picture.data,
                headers=self._headers(owner) | {"Content-Type": "image/jpeg", "Prefer": "wait=60"},
            )
            durations.append(time.monotonic() - began)
            prediction = answer.raise_for_status().json()
            self._run.require(prediction.get("status") == "succeeded", "a single picture was not done in a minute")
            self.accepted.append(prediction["uuid"])
            time.sleep(_PAUSE_SECONDS)
        return durations

    def _submit(self, owner: int, images: Sequence[object]) -> None:
        answer = self._client.post("/inference/images", json={"images": images}, headers=self._headers(owner))
        self.accepted += [prediction["uuid"] for prediction in answer.raise_for_status().json()["predictions"]]

    def _headers(self, owner: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._keys[owner]}"}


def in_rabbitmq(run: ScenarioRun) -> None:
    """In the production mode; in the end the queues are deleted and the broker is killed under a long backlog."""
    database_url = run.servers.database.new_database()
    keys = _make_keys(database_url=database_url)
    with run.system(Layout(), database_url=database_url, access="keys", **_NO_BOUND) as system:
        owners = Owners(run, system.urls[0], keys)
        _play(run, owners, system.database_url)
        owners.flood(0, run.times(1_000, 5_000))
        _lose_jobs(run, system)
        _check_all(run, owners, system.database_url)


def embedded(run: ScenarioRun) -> None:
    """In the embedded mode."""
    data, port = run.folder / "data", free_port()
    data.mkdir()
    settings: dict[str, object] = {"data_dir": data, "port": port, "access": "keys", **_NO_BOUND}
    keys, url = _make_keys(data_dir=data), f"http://127.0.0.1:{port}"
    process = SupervisedProcess([PREDICTOR, "serve"], run.folder / "serve.log", settings)
    try:
        eventually(lambda: answers(url, "/health/ready"))
        owners = Owners(run, url, keys)
        database_url = f"sqlite:///{data / 'predictor.db'}"
        _play(run, owners, database_url)
        _check_all(run, owners, database_url)
    finally:
        process.stop()


def _make_keys(**settings: object) -> list[str]:
    command: list[str | Path] = [PREDICTOR, "migrate"]
    subprocess.run(command, env=environment(**settings), check=True, capture_output=True)

    def make(number: int) -> str:
        command: list[str | Path] = [PREDICTOR, "keys", "create", "--owner", f"owner-{number:03}"]
        made = subprocess.run(command, env=environment(**settings), check=True, capture_output=True, text=True)
        return made.stdout.strip()

    return [make(number) for number in range(_OWNERS + 1)]


def _play(run: ScenarioRun, owners: Owners, database_url: str) -> None:
    many, each = run.times(2_000, 20_000), run.times(60, 200)
    alone = owners.seconds_of_single_pictures(_OWNERS, 5)
    run.figures["single picture s p50/p99/max alone"] = _figures(alone)
    plays = {
        "beside many of one owner": ([0], many, 5),
        "beside many urgent ones": ([1], many, 9),
        f"beside {_OWNERS} owners": (range(_OWNERS), each, 5),
    }
    for what, (who, count, priority) in plays.items():
        with _flooding(owners, who, count, priority):
            durations = owners.seconds_of_single_pictures(_OWNERS, run.times(10, 60))
        run.figures[f"... {what}"] = _figures(durations)
        run.require(max(durations) < _MOST_SECONDS, f"a single picture {what} took {max(durations):.1f} s")
        run.require(_waiting(database_url) > 0, f"{what} nothing was left that could have been before it")
        eventually(lambda: _waiting(database_url) == 0, _DRAIN_SECONDS)


@contextmanager
def _flooding(owners: Owners, who: Sequence[int], count: int, priority: int) -> Iterator[None]:
    """Owners that submit so many pictures each meanwhile."""

    def flood() -> None:
        for owner in who:
            owners.flood(owner, count, priority)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _lose_jobs(run: ScenarioRun, system: System) -> None:
    """Delete the queues, and restart the broker, while most jobs wait outside of it."""
    broker = run.servers.broker
    assert isinstance(broker, RabbitMQServer)
    for _ in range(3):
        time.sleep(2)
        system.on_channel(lambda channel: replace_queues(system.broker, channel))
    time.sleep(_QUEUE_AGE_SECONDS)
    broker.kill()
    broker.start()


def _check_all(run: ScenarioRun, owners: Owners, database_url: str) -> None:
    """Everything that was accepted is done."""
    eventually(lambda: _waiting(database_url) == 0, _DRAIN_SECONDS)
    ends = dict(rows(database_url, _UUIDS))
    run.counts.lost += sum(uuid not in ends for uuid in owners.accepted)
    run.counts.wrong += sum(status != "succeeded" for status in ends.values())
    run.figures["accepted"] = len(owners.accepted)


def _waiting(database_url: str) -> int:
    return int(rows(database_url, "SELECT count(*) FROM predictions WHERE finished_at IS NULL")[0][0])


def _figures(seconds: Sequence[float]) -> str:
    return " / ".join(f"{value:.2f}" for value in quantiles(seconds))
