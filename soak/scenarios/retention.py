"""Retention under load: exactly what is due goes, whatever is killed."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

from soak.load import Pace
from soak.scenario_run import ScenarioRun
from soak.scenarios.embedded import serve, settle
from soak.scenarios.phases import RATE, require_prepared
from soak.system import Layout, System, answers
from tests.harness.old_data import DAY, WEBHOOK, OldData, old_data, stored
from tests.harness.processes import PREDICTOR, environment
from tests.harness.servers.process import free_port
from tests.harness.service import eventually, rows

HOUR = timedelta(hours=1)
_NORMAL_SECONDS = 10.0
# A pass begins within a minute of the start, and of each pass before it.
_PASS_SECONDS = 400.0
# The rows are what costs: the picture is a small one, which an engine refuses.
_PICTURE = b"no picture" * 100


@dataclass(frozen=True)
class _Kinds:
    """Keys of what is due, of pictures without a row among it, and of what has to stay."""

    due: set[str]
    orphans: set[str]
    stays: set[str]


def _fill(data: OldData, count: int) -> _Kinds:
    orphans = data.without_row(200, 2 * DAY)
    due = data.final(count, 2 * DAY) | data.final(200, 9 * DAY, webhook=WEBHOOK)
    young = data.without_row(20, timedelta(minutes=5))
    stays = data.final(500, HOUR) | data.waiting(100, 2 * DAY) | data.final(200, 2 * DAY, webhook=WEBHOOK)
    return _Kinds(due, orphans, stays | young)


def purges(run: ScenarioRun) -> None:
    """Kill `predictor purge` at any moment, again and again, and workers that purge by themselves."""
    with run.system(Layout(workers=2), keep_predictions=1) as system:
        count = run.times(20_000, 200_000)
        with old_data(system.database_url, system.images, _PICTURE) as data:
            kinds = _fill(data, count)
        with run.load(system.urls, Pace(RATE, most=1_000_000, seconds=3600)) as load:
            progress = _Progress(system.database_url, len(kinds.due))
            normal_since, normal_until = _normal_time()
            for number in range(run.times(8, 40)):
                _purge_and_kill(run, system, run.generator.uniform(1.0, 4.0))
                if number % 2:
                    run.kill(system, lambda: system.workers[0].send(signal.SIGKILL))
            command: list[str | Path] = [PREDICTOR, "purge", "--yes"]
            subprocess.run(command, env=environment(**system.settings), check=True, capture_output=True)
            until = time.time()
            load.stop()
        progress.stop()
        run.settle(system, load)
        run.note_posts("normally", load, normal_since, normal_until)
        run.note_posts("meanwhile", load, normal_until, until)
        run.figures["rows purged a second p50/max"] = progress.rate()
        _check(run, lambda: rows(system.database_url, "SELECT img FROM predictions"), system.images, kinds, sweeps=True)


def _normal_time() -> tuple[float, float]:
    time.sleep(3)  # the first posts open connections
    since = time.time()
    time.sleep(_NORMAL_SECONDS)
    return since, time.time()


def _purge_and_kill(run: ScenarioRun, system: System, seconds: float) -> None:
    log = (run.folder / "purge.log").open("a")
    purge = subprocess.Popen([PREDICTOR, "purge", "--yes"], env=environment(**system.settings), stdout=log, stderr=log)
    time.sleep(seconds)
    purge.kill()
    purge.wait()
    log.close()


def embedded(run: ScenarioRun) -> None:
    """Kill `predictor serve` while it purges by itself."""
    port = free_port()
    url, images = f"http://127.0.0.1:{port}", run.folder / "images"
    settings: dict[str, object] = {"data_dir": run.folder, "port": port, "keep_predictions": 1}
    database_url = f"sqlite:///{run.folder / 'predictor.db'}"
    process = serve(run, settings)
    eventually(lambda: answers(url, "/health/ready"))
    process.stop()
    with old_data(database_url, images, _PICTURE) as data:
        kinds = _fill(data, run.times(20_000, 200_000))
    process = serve(run, settings)
    try:
        eventually(lambda: answers(url, "/health/ready"))
        with run.load([url], Pace(RATE, most=1_000_000, seconds=3600)) as load:
            progress = _Progress(database_url, len(kinds.due))
            normal_since, normal_until = _normal_time()
            for _ in range(run.times(1, 5)):
                eventually(progress.goes_on, _PASS_SECONDS)
                time.sleep(run.generator.uniform(0.5, 2.0))
                process.send(signal.SIGKILL)
                killed_at = time.time()
                eventually(lambda: answers(url, "/health/ready"))
            back_at = time.time()
            began_at = eventually(progress.goes_on, _PASS_SECONDS) and time.time()
            eventually(lambda: progress.left <= len(kinds.stays) + len(load.answers), _PASS_SECONDS)
            eventually(lambda: not progress.goes_on(), _PASS_SECONDS)
            until = time.time()
            load.stop()
        progress.stop()
        run.note_posts("normally", load, normal_since, normal_until)
        run.note_posts("meanwhile", load, began_at, until)
        run.figures["answers again after s"] = round(back_at - killed_at, 1)
    finally:
        process.stop()
    settle(run, url, settings)
    run.figures["rows purged a second p50/max"] = progress.rate()
    _check(run, lambda: rows(database_url, "SELECT img FROM predictions"), images, kinds, sweeps=False)


def _check(
    run: ScenarioRun, read: Callable[[], list[tuple[str]]], images: Path, kinds: _Kinds, *, sweeps: bool
) -> None:
    in_database, in_store = {key for (key,) in read()}, stored(images)
    due = kinds.due | kinds.orphans if sweeps else kinds.due
    gone = {key for key in kinds.stays if key not in in_store}
    run.figures["due"] = len(due)
    run.require(not due & (in_database | in_store), f"{len(due & (in_database | in_store))} that were due are there")
    run.require(not gone, f"{len(gone)} that had to stay are gone")
    lacking = in_database - in_store
    run.require(not lacking, f"{len(lacking)} rows without a picture")
    extra = in_store - in_database - kinds.stays - kinds.orphans
    run.require(not extra, f"{len(extra)} pictures without a row")
    require_prepared(run)


class _Progress:
    """Reads the number of old rows every half second."""

    _OLD = "SELECT count(*) FROM predictions WHERE name = 'old'"

    def __init__(self, database_url: str, due: int) -> None:
        self._database_url, self._due = database_url, due
        self._readings: list[tuple[float, int]] = []
        self._stopping = Event()
        self.left = self._read()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def goes_on(self) -> bool:
        """True if rows went in the last two seconds."""
        last = self._readings[-4:]
        return len(last) > 1 and last[0][1] > last[-1][1]

    def rate(self) -> str:
        """Rows a second, while some went: median and maximum over half seconds."""
        pairs = zip(self._readings, self._readings[1:], strict=False)
        rates = sorted((before[1] - after[1]) / (after[0] - before[0]) for before, after in pairs)
        rates = [rate for rate in rates if rate > 0]
        return f"{rates[len(rates) // 2]:.0f} / {rates[-1]:.0f}" if rates else "none"

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _read(self) -> int:
        return int(rows(self._database_url, self._OLD)[0][0])

    def _watch(self) -> None:
        while not self._stopping.wait(0.5):
            self.left = self._read()
            self._readings.append((time.monotonic(), self.left))
