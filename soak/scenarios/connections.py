"""Hostile connections, and a good client beside them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx

from soak.attacks import ATTACKS
from soak.leaks import MEMORY, measure
from soak.scenario_run import ScenarioRun, quantiles
from soak.supervisor import SupervisedProcess
from soak.system import answers
from tests.harness.processes import PREDICTOR
from tests.harness.servers.process import free_port
from tests.harness.service import COFFEE, eventually

# What many systems give a process at most; the service has to keep some for itself.
_DESCRIPTORS = 300
_REQUESTS_A_SECOND = 20.0
# The good client's slowest request in a hundred may take so many times as long as without an attack, or as long as
# this if it is more: on a busy machine a request waits for the processor.
_TIMES, _MILLISECONDS = 2.0, 50.0
_MEGABYTES_MORE = 200.0


def hostile(run: ScenarioRun) -> None:
    """Play each attack in turn, and measure what a good client and the memory notice of it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings: dict[str, object] = {"data_dir": run.folder / "data", "port": port}
    command: list[str | Path] = ["prlimit", f"--nofile={_DESCRIPTORS}", PREDICTOR, "serve"]
    process = SupervisedProcess(command, run.folder / "serve.log", settings)
    try:
        eventually(lambda: answers(url, "/health/ready"))
        client = GoodClient(run, url)
        client.measure(5)  # the first requests of a process are slower
        for name in ATTACKS:
            _play(run, name, client, process)
        run.require(process.starts == 1, "the service ended")
    finally:
        process.stop()


def _play(run: ScenarioRun, name: str, client: "GoodClient", process: SupervisedProcess) -> None:
    seconds = run.times(15, 60)
    usual, before, _ = client.measure(5)
    with _peak_memory(process.pid) as memory:
        command = [sys.executable, "-m", "soak.attacks", name, client.url, str(seconds), client.large_picture]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as attackers:
            time.sleep(1)  # until they are all there
            median, during, failed = client.measure(seconds - 3)
            got, _ = attackers.communicate()
    run.figures[f"{name}: good client's p50/p99 ms before"] = f"{usual:.0f} / {before:.0f}"
    run.figures[f"{name}: good client's p50/p99 ms during"] = f"{median:.0f} / {during:.0f}"
    run.figures[f"{name}: memory MB before / most"] = f"{memory[0]:.0f} / {max(memory):.0f}"
    run.figures[f"{name}: attackers got"] = _counts(json.loads(got))
    run.require(not failed, f"{name}: {len(failed)} requests of the good client failed, the first one: {failed[:1]}")
    run.require(
        during <= max(_TIMES * before, _MILLISECONDS), f"{name}: good client's p99 {before:.0f} -> {during:.0f} ms"
    )
    run.require(max(memory) - memory[0] <= _MEGABYTES_MORE, f"{name}: {max(memory) - memory[0]:.0f} MB more")


class GoodClient:
    """A client that submits the same picture and looks it up, again and again.

    Args:
        run: gets what was accepted.
        url: of the service.
    """

    def __init__(self, run: ScenarioRun, url: str) -> None:
        self.url = url
        self._run, self._picture = run, run.pictures[0]
        self._client = httpx.Client(base_url=url, timeout=30)
        self.large_picture = f"/predictions/{self._submit(COFFEE + bytes(1_048_576 - len(COFFEE)), 'image/png')}/image"

    def measure(self, seconds: float) -> tuple[float, float, list[str]]:
        """Median and 99th percentile of the milliseconds of a request, and the errors of those that failed."""
        durations, failed, ends_at = list[float](), list[str](), time.monotonic() + seconds
        while (began := time.monotonic()) < ends_at:
            try:
                self._request()
                durations.append(1000 * (time.monotonic() - began))
            except httpx.HTTPError as error:
                failed.append(str(error).partition("\n")[0])
            time.sleep(max(0.0, began + 1 / _REQUESTS_A_SECOND - time.monotonic()))
        median, slow, _ = quantiles(durations)
        return median, slow, failed

    def _request(self) -> None:
        uuid = self._submit(self._picture.data, "image/jpeg")
        self._run.ledger.write(uuid, self._picture.expected)
        self._client.get(f"/predictions/{uuid}").raise_for_status()

    def _submit(self, image: bytes, media_type: str) -> str:
        answer = self._client.post("/inference/image", content=image, headers={"Content-Type": media_type})
        return str(answer.raise_for_status().json()["uuid"])


@contextmanager
def _peak_memory(pid: int) -> Iterator[list[float]]:
    """Memory in MB, of now and of each moment until the context is left."""
    found, done = [_memory(pid)], Event()

    def look() -> None:
        while not done.wait(0.1):
            found.append(_memory(pid))

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def _memory(pid: int) -> float:
    return measure(pid).get(MEMORY, 0.0)


def _counts(got: dict[str, int]) -> str:
    return ", ".join(f"{count} x {what}" for what, count in sorted(got.items())) or "nothing"
