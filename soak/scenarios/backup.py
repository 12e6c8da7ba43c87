"""A backup that locks the embedded database."""

import time

import httpx

from soak.audit import Audit
from soak.load import Pace
from soak.scenario_run import ScenarioRun, quantiles
from soak.scenarios.phases import accepted_again, require_prepared
from soak.supervisor import SupervisedProcess
from soak.system import answers
from tests.harness.locked_database import locked_sqlite
from tests.harness.processes import PREDICTOR
from tests.harness.servers.process import free_port
from tests.harness.service import eventually

_RATE = 10.0
# Longer than SQLite waits for the lock, and than the clients wait for an answer: 30 seconds both.
_LOCKED_SECONDS = 40.0


def locked(run: ScenarioRun) -> None:
    """Lock the database as a backup does: what is there can be looked up meanwhile, and all is well afterwards."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = SupervisedProcess([PREDICTOR, "serve"], run.folder / "serve.log", {"data_dir": run.folder, "port": port})
    try:
        eventually(lambda: answers(url, "/health/ready"))
        with run.load([url], Pace(_RATE, most=100_000, seconds=3600)) as load:
            time.sleep(5)
            for _ in range(run.times(1, 5)):
                with locked_sqlite(run.folder / "predictor.db"):
                    looked_up = _look_up(url, next(iter(run.ledger.entries())), _LOCKED_SECONDS)
                back_at = time.time()
                time.sleep(10)
        audit = Audit([url], run.ledger.entries())
        audit.wait(120)
        run.counts = audit.counts()
        unfinished = httpx.get(f"{url}/predictions", params={"status": "queued", "limit": 1}).json()["predictions"]
        run.require(process.starts == 1, "the service ended")
    finally:
        process.stop()
    run.figures["drain s"] = round(max(0.0, audit.last_finished_at() - back_at), 1)
    run.figures["accepted again after s"] = accepted_again(load, back_at)
    run.figures["posts not accepted"] = load.refusals()
    run.figures["GET ms meanwhile p50/p99/max"] = " / ".join(f"{1000 * s:.0f}" for s in quantiles(looked_up))
    run.require(not unfinished, "something is queued for ever")
    run.require(max(looked_up) < 5, "looking up waits for the lock")
    # None where the client gave up first.
    run.require(set(load.refusals()) <= {0, 503}, f"posts answered {load.refusals()}")
    require_prepared(run)


def _look_up(url: str, uuid: str, seconds: float) -> list[float]:
    """Durations of looking up a prediction over a time span."""
    durations, end = list[float](), time.monotonic() + seconds
    with httpx.Client(timeout=30) as client:
        while (began := time.monotonic()) < end:
            client.get(f"{url}/predictions/{uuid}").raise_for_status()
            durations.append(time.monotonic() - began)
            time.sleep(0.1)
    return durations
