"""Faults that make an engine look dead, or its lease longer or shorter than it is."""

import signal
import time

from soak.load import Load, Pace
from soak.scenario_run import ScenarioRun
from soak.system import Layout, System, special_worker
from tests.harness.preloaded import with_clock

# About what two slow workers do, so that whoever is stopped has something in work.
_RATE = 20.0


def frozen_worker(run: ScenarioRun) -> None:
    """Stop a worker past its lease, and wake it up.

    Mostly shorter than the broker waits for a heartbeat, so that the worker's late result comes; once longer.
    """
    broker_url = f"{run.servers.broker.url}?heartbeat=5"
    settings = {"lease_seconds": 2, "republish_seconds": 5, "broker_url": broker_url, "concurrency": 1}
    layout = Layout(worker_command=special_worker("slow_worker.py", 0.5, 1.0))
    with run.system(layout, **settings) as system, run.load(system.urls, Pace(_RATE, most=100_000)) as load:
        for number in range(run.times(5, 20)):
            time.sleep(3)
            worker = system.workers[number % 2]
            run.kill(system, lambda worker=worker: worker.send(signal.SIGSTOP))  # type: ignore[misc]
            time.sleep(20 if number == 0 else 6)
            worker.send(signal.SIGCONT)
        load.stop()
        run.settle(system, load)
        run.require(run.figures["in work when killed"] != 0, "nothing was in work")


def slow_batch(run: ScenarioRun) -> None:
    """Work on every batch for three times its lease."""
    layout = Layout(worker_command=special_worker("slow_worker.py", 10, 15))
    with run.system(layout, lease_seconds=4) as system:
        with run.load(system.urls, Pace(3.0, most=run.times(60, 1000), seconds=3600)) as load:
            load.wait()
        _settle_without_second_attempts(run, system, load)


def clock(run: ScenarioRun) -> None:
    """Give one of two workers a clock that is an hour fast, and then one that is an hour slow."""
    slow = special_worker("slow_worker.py", 1, 2)  # always something in work, never for as long as the lease
    layout = Layout(workers=1, worker_command=slow)
    with run.system(layout, lease_seconds=5, republish_seconds=5) as system:
        with run.load(system.urls, Pace(8.0, most=100_000)) as load:
            for seconds in (3600, -3600):
                worker = system.add_worker(with_clock(seconds, *slow))
                # Twice the time between two looks for engines that are gone.
                time.sleep(run.times(20, 120))
                worker.stop()
            load.stop()
        _settle_without_second_attempts(run, system, load)


def _settle_without_second_attempts(run: ScenarioRun, system: System, load: Load) -> None:
    again = sum(attempts > 1 for attempts in run.settle(system, load).attempts())
    run.require(again == 0, f"{again} pictures were run again though their engines were alive")
