"""Faults of the broker."""

import time
from collections.abc import Callable

from soak.load import Pace
from soak.scenario_run import ScenarioRun
from soak.system import System
from tests.harness.servers.rabbitmq import RabbitMQServer

# Less than the workers do on two cores, so that what is measured is the answer and not the queue for the processor.
_RATE = 20.0
# What `rabbitmqctl` calls the threshold's default, and one that no disk satisfies.
_USUAL_LIMIT, _ENORMOUS_LIMIT = "50MB", "1000000GB"


def cut_connections(run: ScenarioRun) -> None:
    """Cut all connections, publishers' and consumers', again and again, as a restarting proxy does."""
    broker = _own_broker(run)
    with run.system() as system, run.load(system.urls, Pace(_RATE, most=100_000)) as load:
        cuts = run.times(20, 100)
        for _ in range(cuts):
            broker.ctl("close_all_connections", "soak")
            time.sleep(run.generator.uniform(0.5, 2.0))
        load.stop()
        run.settle(system, load)
        run.figures["cuts"] = cuts


def broker_down(run: ScenarioRun) -> None:
    """Take the broker away: POST must answer as quickly as ever, and everything be done afterwards."""
    broker = _own_broker(run)
    _for_a_while(run, begin=broker.stop, end=broker.start)


def resource_alarm(run: ScenarioRun) -> None:
    """Raise the disk alarm: the broker stops reading from publishers."""
    broker = _own_broker(run)
    _for_a_while(
        run,
        begin=lambda: broker.ctl("set_disk_free_limit", _ENORMOUS_LIMIT),
        end=lambda: broker.ctl("set_disk_free_limit", _USUAL_LIMIT),
    )


def _for_a_while(run: ScenarioRun, begin: Callable[[], object], end: Callable[[], object]) -> None:
    seconds = run.times(20, 90)
    with run.system() as system, run.load(system.urls, Pace(_RATE, most=100_000)) as load:
        system.wait_until_queue_is_stable()
        time.sleep(3)  # the first posts open connections
        normal_since = time.time()
        time.sleep(seconds)
        normal_until = time.time()
        try:
            begin()
            away_since = time.time()
            time.sleep(seconds)
            away_until = time.time()
            unpublished = _unpublished(system)
        finally:
            end()
        back_at = time.time()
        time.sleep(2)
        load.stop()
        run.settle(system, load, since=back_at)
    run.note_posts("normally", load, normal_since, normal_until)
    run.note_posts("meanwhile", load, away_since, away_until)
    run.figures["waiting at the end of it"] = unpublished


def _unpublished(system: System) -> int:
    count: int = system.rows("SELECT count(*) FROM predictions WHERE status = 'queued'")[0][0]
    return count


def _own_broker(run: ScenarioRun) -> RabbitMQServer:
    assert isinstance(run.servers.broker, RabbitMQServer)
    return run.servers.broker
