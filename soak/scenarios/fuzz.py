"""Damaged pictures."""

import json
import subprocess
import sys
import time
from collections import Counter

from soak.scenario_run import ScenarioRun


def damaged(run: ScenarioRun) -> None:
    """Decode damaged pictures in two processes: each ends as pixels or as a refusal, and nothing else."""
    count = run.times(5_000, 50_000) // 2
    commands = [[sys.executable, "-m", "soak.fuzzing", str(count), str(seed)] for seed in (1, 2)]
    began = time.monotonic()
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    found: Counter[str] = Counter()
    for process in processes:
        output, _ = process.communicate()
        run.require(process.returncode == 0, f"fuzzing ended with {process.returncode}")
        found.update(json.loads(output) if process.returncode == 0 else {})
    run.figures["damaged pictures"] = found.total()
    run.figures["ends"] = dict(found)
    run.figures["ms a picture"] = round(2000 * (time.monotonic() - began) / max(1, found.total()), 1)
