"""What happens to the embedded mode."""

import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from soak.audit import Audit
from soak.load import Pace
from soak.stage import Stage, quantiles
from soak.supervisor import Supervised
from soak.system import answers
from tests.harness.processes import PREDICTOR
from tests.harness.servers.process import free_port
from tests.harness.service import eventually

# More than it does on two cores, so that something is in work when it is killed.
_RATE = 40.0


def kills(stage: Stage) -> None:
    """At any moment between the first accepted picture and a full engine; the database is checked each time."""
    data, port = stage.folder / "data", free_port()
    url = f"http://127.0.0.1:{port}"
    settings: dict[str, object] = {"data_dir": data, "port": port}
    unsound, starts, in_work = 0, list[float](), 0
    with stage.load([url], Pace(_RATE, most=1_000_000, seconds=7200)) as load:
        for number in range(stage.times(20, 200)):
            process, started_at = _serve(stage, settings), time.monotonic()
            try:
                eventually(lambda: answers(url, "/health/live"))
                starts.append(time.monotonic() - started_at)
                # Every second one while the model still loads, and pictures are accepted already.
                time.sleep(stage.dice.uniform(0.1, 1.5) if number % 2 else stage.dice.uniform(2.0, 5.0))
            finally:
                process.stop(signal.SIGKILL)
            sound, processing = _check(data / "predictor.db", stage.folder / "copy")
            unsound += not sound
            in_work += processing
        load.stop()
    ended = time.time()
    audit = _settle(stage, url, settings)
    stage.figures["drain s"] = round(max(0.0, audit.last_finished_at() - ended), 1)
    stage.figures["kills"] = len(starts)
    stage.figures["in work when killed"] = in_work
    stage.figures["start to answer s p50/max"] = f"{quantiles(starts)[0]:.1f} / {max(starts):.1f}"
    stage.demand(unsound == 0, f"{unsound} times the database was not sound")


def _serve(stage: Stage, settings: dict[str, object]) -> Supervised:
    return Supervised([PREDICTOR, "serve"], stage.folder / "serve.log", settings)


def _settle(stage: Stage, url: str, settings: dict[str, object]) -> Audit:
    process = _serve(stage, settings)
    try:
        audit = Audit([url], stage.ledger.entries())
        audit.wait(300)
        stage.counts = audit.counts()
    finally:
        process.stop()
    return audit


def _check(database: Path, copy: Path) -> tuple[bool, int]:
    """Whether a copy of the database is sound, and how many predictions were in work.

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
