"""Pictures made to hurt: small files that are dear to decode."""

import base64
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from soak.leaks import descendants
from soak.pictures import Picture
from soak.scenario_run import ScenarioRun, quantiles, repeatedly
from soak.scenarios.embedded import serve
from soak.scenarios.phases import require_prepared
from soak.system import answers
from tests.harness.bombs import BOMBS
from tests.harness.servers.process import free_port
from tests.harness.service import eventually

# Attackers, each with as many pictures of at most so many bytes in one request, and the next when those are done.
_ATTACKERS, _PICTURES, _REQUEST_BYTES = 4, 16, 1_000_000
_GOOD_PAUSE_SECONDS = 0.5
_SAMPLE_SECONDS = 0.03
# Kept from the issue: the worker's memory whatever comes, and the time of a picture.
_MOST_MB, _MOST_SECONDS = 600, 10.0
# What the allocator may keep, and what was loaded late.
_MOST_LEFT_MB = 80
# The picture in work has a second of grace, and the other ones of the batch are ordinary.
_EXIT_SECONDS = 20.0
_FINAL = ("succeeded", "failed")


@dataclass
class _Memory:
    """Memory of a process with those that it started, in MB."""

    pid: int
    peak: float = 0.0

    def now(self) -> float:
        return sum(map(_proportional_mb, (self.pid, *descendants(self.pid))))

    def sample(self) -> None:
        self.peak = max(self.peak, self.now())


def _proportional_mb(pid: int) -> float:
    """Memory of a process, with its share of what it has in common with others; 0 once it is gone."""
    with suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


@dataclass
class _Attack:
    """Attackers that post bombs in turn until they are told to stop."""

    url: str
    bombs: Sequence[bytes]
    stopping: threading.Event = field(default_factory=threading.Event)
    ends: list[dict[str, Any]] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._attack, args=(number,)) for number in range(_ATTACKERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join()

    def _attack(self, start: int) -> None:
        position = start * len(self.bombs) // _ATTACKERS
        with httpx.Client(base_url=self.url, timeout=60) as client:
            while not self.stopping.is_set():
                size, chosen = 0, list[bytes]()
                while len(chosen) < _PICTURES and size + len(bomb := self._bomb(position)) <= _REQUEST_BYTES:
                    chosen.append(bomb)
                    size, position = size + len(bomb), position + 1
                self._post(client, chosen)

    def _bomb(self, position: int) -> bytes:
        return self.bombs[position % len(self.bombs)]

    def _post(self, client: httpx.Client, bombs: Sequence[bytes]) -> None:
        images = [{"data": base64.b64encode(bomb).decode()} for bomb in bombs]
        try:
            answer = client.post("/inference/images", json={"images": images})
            if answer.status_code != 202:
                self.refusals[answer.json()["code"]] += 1
                return
            for prediction in answer.json()["predictions"]:
                self._follow(client, prediction["uuid"])
        except httpx.TransportError:
            if not self.stopping.is_set():
                raise

    def _follow(self, client: httpx.Client, uuid: str) -> None:
        while not self.stopping.is_set():
            body = client.get(f"/predictions/{uuid}", params={"wait": 5}).json()
            if body["status"] in _FINAL:
                self.ends.append(body)
                return


def bombs(run: ScenarioRun) -> None:
    """Post nothing but bombs from several clients, beside a client with a good picture."""
    url, process = _start(run)
    memory = _Memory(process.pid)
    # Those whose header says too much are refused and cost nothing.
    accepted, refused = _by_header(url)
    good = run.pictures[0]
    try:
        calm = [_classify(run, url, good) for _ in range(run.times(10, 50))]
        before = memory.now()
        attack = _Attack(url, accepted)
        with repeatedly(_SAMPLE_SECONDS, memory.sample), attack.under_way():
            disturbed = list(_classify_for(run, url, good, run.times(30, 300)))
        eventually(lambda: _waiting(url) == 0, 120)
        time.sleep(10)
        after = memory.now()
        exit_seconds = _stop_in_the_middle(run, process, _Attack(url, accepted))
    finally:
        process.stop()
    _note(run, attack, refused)
    run.figures["good picture s before p50/max"] = _seconds(calm)
    run.figures["good picture s meanwhile p50/max"] = _seconds(disturbed)
    run.figures["memory MB before / peak / 10 s afterwards"] = f"{before:.0f} / {memory.peak:.0f} / {after:.0f}"
    run.figures["SIGTERM to end s"] = round(exit_seconds, 1)
    run.require(memory.peak < _MOST_MB, f"{memory.peak:.0f} MB")
    run.require(after < before + _MOST_LEFT_MB, f"{after:.0f} MB afterwards, {before:.0f} before")
    run.require(exit_seconds < _EXIT_SECONDS, "the service did not end in time")
    require_prepared(run)


def _start(run: ScenarioRun) -> tuple[str, Any]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = serve(run, {"data_dir": run.folder / "data", "port": port})
    eventually(lambda: answers(url, "/health/ready"))
    return url, process


def _by_header(url: str) -> tuple[list[bytes], Counter[str]]:
    accepted, refused = list[bytes](), Counter[str]()
    with httpx.Client(base_url=url, timeout=60) as client:
        for make in BOMBS.values():
            bomb = make()
            answer = client.post("/inference/image", content=bomb, headers={"Content-Type": "image/*"})
            if answer.status_code == 202:
                accepted.append(bomb)
            else:
                refused[answer.json()["code"]] += 1
    return accepted, refused


def _classify(run: ScenarioRun, url: str, picture: Picture) -> float:
    began = time.monotonic()
    data = base64.b64encode(picture.data).decode()
    body = httpx.post(
        f"{url}/inference/image", json={"data": data, "priority": 9}, headers={"Prefer": "wait=60"}, timeout=90
    ).json()
    run.counts.wrong += body.get("prediction") != picture.expected
    return time.monotonic() - began


def _classify_for(run: ScenarioRun, url: str, picture: Picture, seconds: float) -> Iterator[float]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield _classify(run, url, picture)
        time.sleep(_GOOD_PAUSE_SECONDS)


def _waiting(url: str) -> int:
    queue = httpx.get(f"{url}/queue", timeout=30).json()
    return int(queue["waiting"])


def _stop_in_the_middle(run: ScenarioRun, process: Any, attack: _Attack) -> float:
    with attack.under_way():
        time.sleep(3)
        attack.stopping.set()
        code, seconds = process.terminate()
        run.require(code == 0, f"exit code {code}")
    return float(seconds)


def _note(run: ScenarioRun, attack: _Attack, refused: Counter[str]) -> None:
    ends = Counter(body["status"] if body["status"] == "succeeded" else body["error"]["code"] for body in attack.ends)
    held = [_held(body) for body in attack.ends]
    run.figures["refused by their header"] = dict(refused)
    run.figures["ends of bombs"] = dict(ends)
    run.figures["batch s p50/max"] = _seconds(held)
    run.require(not attack.refusals, f"refused: {attack.refusals}")
    unknown = [code for code in ends if code != "succeeded" and not code.startswith("image_")]
    run.require(not unknown, f"bombs ended {unknown}")


def _held(body: dict[str, Any]) -> float:
    started, finished = (datetime.fromisoformat(body[name]) for name in ("started_at", "finished_at"))
    return (finished - started).total_seconds()


def _seconds(values: Sequence[float]) -> str:
    p50, _, most = quantiles(values)
    return f"{p50:.2f} / {most:.2f}"
