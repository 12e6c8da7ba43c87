"""A backlog as after days without a worker."""

import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import tests.harness
from adapters.sql.connections.database import Database
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.system import TimeOrderedIds
from domain.access.owner import DEFAULT_OWNER
from domain.image import ImageKey
from domain.prediction import Prediction
from domain.priority import Priority
from soak.load import Pace
from soak.pictures import Picture
from soak.scenario_run import ScenarioRun
from soak.scenarios.phases import require_prepared
from soak.system import Layout, System
from tests.harness.fast_worker import LABEL
from tests.harness.service import eventually

# Posted meanwhile, a second.
_RATE = 5.0
# Rows of one transaction.
_CHUNK = 500
# Of the backlog, looked up one by one afterwards; the others are counted.
_LOOKED_UP = 100
# What a process may take more for ten times the backlog. Pools and caches fill up meanwhile.
_MOST_MORE_MB = 60
_DEADLINE_SECONDS = 3600.0
_ENDS = "SELECT count(*), sum(status = 'succeeded'), sum(status IN ('queued', 'processing')) FROM predictions"


def drained(run: ScenarioRun) -> None:
    """Let a worker that takes no time for a picture work off a long backlog, and watch the memory."""
    run.pictures = [Picture(picture.data, LABEL) for picture in run.pictures]
    size = run.times(2_000, 100_000)
    command: list[str | Path] = [sys.executable, Path(tests.harness.__path__[0]) / "fast_worker.py"]
    with run.system(Layout(workers=0, api_processes=1, worker_command=command)) as system:
        _queue(run, system, size)
        began = time.monotonic()
        worker = system.add_worker()
        with run.load(system.urls, Pace(_RATE, most=1_000_000, seconds=_DEADLINE_SECONDS)) as load:
            eventually(lambda: _unfinished(system) < 0.9 * size, _DEADLINE_SECONDS)
            early = {name: _peak_mb(pid) for name, pid in (("worker", worker.pid), ("API", system.apis[0].pid))}
            eventually(lambda: _unfinished(system) < _LOOKED_UP, _DEADLINE_SECONDS)
            seconds = time.monotonic() - began
            load.stop()
        run.settle(system, load)
        late = {"worker": _peak_mb(worker.pid), "API": _peak_mb(system.apis[0].pid)}
        total, succeeded, unfinished = system.rows(_ENDS)[0]
    run.counts.lost += size + len(run.ledger) - _LOOKED_UP - int(total)
    run.counts.wrong += int(total) - int(succeeded) - int(unfinished)
    run.figures["backlog"] = size
    run.figures["a second"] = round(size / seconds)
    for name, megabytes in late.items():
        run.figures[f"{name} MB at a tenth / at most"] = f"{early[name]:.0f} / {megabytes:.0f}"
        run.require(megabytes < early[name] + _MOST_MORE_MB, f"the {name} needs more memory for a longer backlog")
    require_prepared(run)


def _queue(run: ScenarioRun, system: System, size: int) -> None:
    """Insert predictions of one picture, which has been accepted before."""
    with run.load(system.urls, Pace(_RATE, most=1)) as load:
        load.wait()
    [(model, image)] = system.rows("SELECT model, img FROM predictions LIMIT 1")
    ids, database = TimeOrderedIds(), Database(system.database_url)
    for first in range(0, size, _CHUNK):
        numbers = range(first, min(first + _CHUNK, size))
        predictions = [_queued(ids, model, ImageKey(image), Priority(number % 10)) for number in numbers]
        with SQLUnitOfWork(database).begin() as tx:
            tx.predictions.add(predictions)
            tx.commit()
        for prediction in predictions[: max(0, _LOOKED_UP - first)]:
            run.ledger.write(str(prediction.uuid), LABEL)
    database.close()


def _queued(ids: TimeOrderedIds, model: str, image: ImageKey, priority: Priority) -> Prediction:
    now = datetime.now(UTC)
    return Prediction(
        uuid=ids.new(),
        owner=DEFAULT_OWNER,
        image=image,
        model=model,
        name="backlog",
        top_k=5,
        created_at=now,
        due_at=now,
        priority=priority,
    )


def _unfinished(system: System) -> int:
    return int(system.rows("SELECT count(*) FROM predictions WHERE status IN ('queued', 'processing')")[0][0])


def _peak_mb(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1000
