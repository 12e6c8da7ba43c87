"""Faults of the image store."""

import shutil
import time
from pathlib import Path

from soak.load import Pace
from soak.scenario_run import ScenarioRun
from soak.system import Layout, special_worker
from tests.harness.empty_folder import replaced_by_an_empty_folder
from tests.harness.service import count_files

# Somewhat more than the slow worker does, so that pictures wait.
_RATE = 30.0


def store_away(run: ScenarioRun) -> None:
    """Put an empty folder in the place of the store for five seconds, again and again, while pictures wait."""
    layout = Layout(workers=1, worker_command=special_worker("slow_worker.py", 0.2, 0.4))
    with run.system(layout, concurrency=1) as system:
        written, times = 0, run.times(4, 40)
        with run.load(system.urls, Pace(_RATE, most=1_000_000, seconds=3600)) as load:
            for _ in range(times):
                time.sleep(4)
                written += take_away(system.images, 5.0)
            load.stop()
        run.settle(system, load)
        run.figures["times away"] = times
        run.require(written == 0, f"{written} pictures were written to the folder under the store")


def take_away(folder: Path, seconds: float) -> int:
    """Leave an empty folder in the place of the store for so many seconds, as a lost mount does.

    Returns:
        number of files that were written into it; they are lost.
    """
    with replaced_by_an_empty_folder(folder):
        time.sleep(seconds)
        written = count_files(folder)
    shutil.rmtree(folder.with_name(f"{folder.name}.bare"))
    return written
