"""Faults of the embedded mode."""

import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from soak.audit import Audit
from soak.load import Pace
from soak.scenario_run import ScenarioRun, quantiles
from soak.supervisor import SupervisedProcess
from soak.system import answers
from tests.harness.processes import PREDICTOR
from tests.harness.servers.process import free_port
from tests.harness.service import eventually

# More than it does on two cores, so that something is in work when it is killed.
_RATE = 40.0


def kills(run: ScenarioRun) -> None:
    """Kill the service at any moment between the first accepted picture and a full engine, and check the database."""
    data, port = run.folder / "data", free_port()
    url = f"http://127.0.0.1:{port}"
    settings: dict[str, object] = {"data_dir": data, "port": port}
    unsound, starts, in_work = 0, list[float](), 0
    with run.load([url], Pace(_RATE, most=1_000_000, seconds=7200)) as load:
        for number in range(run.times(20, 200)):
            process, started_at = serve(run, settings), time.monotonic()
            try:
                eventually(lambda: answers(url, "/health/live"))
                starts.append(time.monotonic() - started_at)
                # Every second one while the model still loads, and pictures are accepted already.
                time.sleep(run.generator.uniform(0.1, 1.5) if number % 2 else run.generator.uniform(2.0, 5.0))
            finally:
                process.stop(signal.SIGKILL)
            sound, processing = _check(data / "predictor.db", run.folder / "copy")
            unsound += not sound
            in_work += processing
        load.stop()
    ended = time.time()
    audit = settle(run, url, settings)
    run.figures["drain s"] = round(max(0.0, audit.last_finished_at() - ended), 1)
    run.figures["kills"] = len(starts)
    run.figures["in work when killed"] = in_work
    run.figures["start to answer s p50/max"] = f"{quantiles(starts)[0]:.1f} / {max(starts):.1f}"
    run.require(unsound == 0, f"{unsound} times the database was not sound")


def serve(run: ScenarioRun, settings: dict[str, object]) -> SupervisedProcess:
    """The service, which may still be starting."""
    return SupervisedProcess([PREDICTOR, "serve"], run.folder / "serve.log", settings)


def settle(run: ScenarioRun, url: str, settings: dict[str, object]) -> Audit:
    """Start the service, wait for the end of everything, and look it all up."""
    process = serve(run, settings)
    try:
        audit = Audit([url], run.ledger.entries())
        audit.wait(300)
        run.counts = audit.counts()
    finally:
        process.stop()
    return audit


def _check(database: Path, copy: Path) -> tuple[bool, int]:
    """True if a copy of the database is sound, and the number of predictions that were in work.

    A copy, since whoever opens the original repairs it, which is for the product to do.
    """
    copy.mkdir()
    for file in database.parent.glob("predictor.db*"):
        shutil.copy(file, copy / file.name)
    with closing(sqlite3.connect(copy / database.name)) as connection:
        sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (count,) = connection.execute("SELECT count(*) FROM predictions WHERE status = 'processing'").fetchone()
    shutil.rmtree(copy)
    return sound, count
