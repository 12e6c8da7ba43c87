"""What every scenario of an outage has: normal times, the outage, and the end of it."""

import re
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager

from soak.audit import Audit
from soak.load import Load, Pace
from soak.scenario_run import ScenarioRun
from soak.system import System

# Less than the workers do on two cores, so that what is measured is the answer and not the queue for the processor.
RATE = 20.0
# Lines of a process that was not prepared for what happened.
_UNPREPARED = re.compile(r"request failed|failed and is tried again|Traceback|Fatal Python error", re.IGNORECASE)


def during(
    run: ScenarioRun,
    system: System,
    outage: Callable[[], AbstractContextManager[object]],
    answered: Collection[int] = (503,),
    *,
    prepared: bool = True,
) -> Audit:
    """Post pictures before, within and after an outage.

    Args:
        answered: statuses that a post may have beside 202; 0 for none.
        prepared: False where an error may come in any line of a process.
    """
    seconds = run.times(8, 60)
    with run.load(system.urls, Pace(RATE, most=100_000, seconds=3600)) as load:
        time.sleep(3)  # the first posts open connections
        normal_since = time.time()
        time.sleep(seconds)
        normal_until = time.time()
        with outage():
            out_since = time.time()
            time.sleep(seconds)
            out_until = time.time()
        back_at = time.time()
        time.sleep(3)
        load.stop()
    audit = run.settle(system, load, since=back_at)
    run.note_posts("normally", load, normal_since, normal_until)
    run.note_posts("meanwhile", load, out_since, out_until)
    run.figures["accepted again after s"] = accepted_again(load, back_at)
    run.require(set(load.refusals()) <= set(answered), f"posts answered {load.refusals()}")
    if prepared:
        require_prepared(run)
    return audit


def accepted_again(load: Load, back_at: float) -> float:
    """Seconds from the end of the fault until a picture is accepted."""
    accepted = [answer.at + answer.seconds for answer in load.answers if answer.status == 202]
    return round(min((at for at in accepted if at >= back_at), default=float("inf")) - back_at, 1)


def require_prepared(run: ScenarioRun) -> None:
    """Require that no process met an error that it did not know what to do with."""
    for log in sorted(run.folder.glob("*.log")):
        found = [line for line in log.read_text(errors="replace").splitlines() if _UNPREPARED.search(line)]
        run.require(not found, f"{log.name}: {len(found)} unexpected errors, first {found[:1]}")
