"""More pictures than the engines can do."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import httpx

from soak.flood import Flood, FloodPlan, post_image
from soak.scenario_run import ScenarioRun, quantiles
from soak.scenarios.embedded import serve
from soak.system import answers
from tests.harness.servers.process import free_port
from tests.harness.service import eventually

# Times what the engines can do.
_OVERLOAD = 5.0
# What may wait, as somebody sets it whose clients wait for their answers.
_QUEUE_SECONDS = 5
# Goodput that has to be kept, of the rate without overload, and seconds until a client is served as before.
_LEAST_GOODPUT = 0.9
_MOST_RECOVERY_SECONDS = 10.0
# While the overload begins and the backlog fills up, nothing is measured.
_BEGINNING_SECONDS = 5.0


def overload(run: ScenarioRun) -> None:
    """Send five times as much as the embedded service can do, by the clock, and see what it does meanwhile."""
    data, port = run.folder / "data", free_port()
    url = f"http://127.0.0.1:{port}"
    process = serve(run, {"data_dir": data, "port": port, "max_queue_seconds": _QUEUE_SECONDS})
    requests = [post_image(picture.data) for picture in run.pictures]

    def finished(since: float, until: float) -> float:
        """Pictures finished a second."""
        times = [datetime.fromtimestamp(at, UTC).replace(tzinfo=None) for at in (since, until)]
        query = "SELECT count(*) FROM predictions WHERE finished_at >= ? AND finished_at < ? AND status = 'succeeded'"
        with closing(sqlite3.connect(data / "predictor.db")) as connection:
            (count,) = connection.execute(query, [str(at) for at in times]).fetchone()
        return float(count) / (until - since)

    try:
        eventually(lambda: answers(url, "/health/ready"))
        capacity = _capacity(url, requests, finished)
        with Flood() as flood:
            seconds = run.times(20, 60)
            sending = flood.begin(FloodPlan(url, requests, _OVERLOAD * capacity, seconds))
            time.sleep(_BEGINNING_SECONDS)
            since = time.time()
            time.sleep(seconds - _BEGINNING_SECONDS)
            until = time.time()
            recovery = _seconds_until_served(url, run.pictures[0].data)
            outcome = sending.result()
        goodput = finished(since, until) / capacity
    finally:
        process.stop()
    run.figures["pictures a second without overload"] = round(capacity)
    run.figures["goodput"] = f"{goodput:.0%}"
    run.figures["answers"] = ", ".join(f"{count} x {status or 'none'}" for status, count in outcome.statuses.items())
    run.figures["refused in ms p50/p99/max"] = " / ".join(f"{1000 * s:.0f}" for s in quantiles(outcome.refused_in))
    run.figures["recovery s"] = round(recovery, 1)
    run.require(goodput >= _LEAST_GOODPUT, f"goodput {goodput:.0%}")
    run.require(recovery <= _MOST_RECOVERY_SECONDS, f"{recovery:.1f} s until a client was served again")


def _capacity(url: str, requests: list[bytes], finished: Callable[[float, float], float]) -> float:
    """Pictures a second while there is always something to do, but not more than fits."""
    rate = 100.0
    with Flood() as flood:
        flood.begin(FloodPlan(url, requests, rate, 3)).result()
        while True:
            since = time.time()
            flood.begin(FloodPlan(url, requests, rate, 8)).result()
            done = finished(since + 2, since + 8)
            if done < 0.9 * rate or rate > 3000:
                eventually(lambda: httpx.get(f"{url}/queue").json()["waiting"] == 0)
                return done
            rate *= 1.5


def _seconds_until_served(url: str, picture: bytes) -> float:
    """Seconds until a client that waits for its label has it at once."""
    began = time.monotonic()
    while True:
        answer = httpx.post(
            f"{url}/inference/image",
            content=picture,
            headers={"Content-Type": "image/jpeg", "Prefer": "wait=2"},
            timeout=30,
        )
        if answer.status_code == 200:
            return time.monotonic() - began
        time.sleep(0.2)
