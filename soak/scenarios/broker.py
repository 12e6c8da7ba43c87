"""What happens to the broker."""

import time
from collections.abc import Callable

from soak.load import Pace
from soak.stage import Stage
from soak.system import System
from tests.harness.servers.rabbitmq import RabbitMQServer

# Less than the workers do on two cores, so that what is measured is the answer and not the queue for the processor.
_RATE = 20.0
# What `rabbitmqctl` calls the threshold's default, and one that no disk satisfies.
_USUAL_LIMIT, _ENORMOUS_LIMIT = "50MB", "1000000GB"


def cut_connections(stage: Stage) -> None:
    """Each time all of them, publishers' and consumers', as a restarting proxy does."""
    broker = _own_broker(stage)
    with stage.system() as system, stage.load(system.urls, Pace(_RATE, most=100_000)) as load:
        cuts = stage.times(20, 100)
        for _ in range(cuts):
            broker.ctl("close_all_connections", "soak")
            time.sleep(stage.dice.uniform(0.5, 2.0))
        load.stop()
        stage.settle(system, load)
        stage.figures["cuts"] = cuts


def broker_down(stage: Stage) -> None:
    """Promised: POST answers as quickly as ever, and afterwards everything is done."""
    broker = _own_broker(stage)
    _for_a_while(stage, begin=broker.stop, end=broker.start)


def resource_alarm(stage: Stage) -> None:
    """The broker stops reading from whoever publishes."""
    broker = _own_broker(stage)
    _for_a_while(
        stage,
        begin=lambda: broker.ctl("set_disk_free_limit", _ENORMOUS_LIMIT),
        end=lambda: broker.ctl("set_disk_free_limit", _USUAL_LIMIT),
    )


def _for_a_while(stage: Stage, begin: Callable[[], object], end: Callable[[], object]) -> None:
    seconds = stage.times(20, 90)
    with stage.system() as system, stage.load(system.urls, Pace(_RATE, most=100_000)) as load:
        system.let_the_queue_age()
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
        stage.settle(system, load, since=back_at)
    stage.note_posts("normally", load, normal_since, normal_until)
    stage.note_posts("meanwhile", load, away_since, away_until)
    stage.figures["waiting at the end of it"] = unpublished


def _unpublished(system: System) -> int:
    count: int = system.rows("SELECT count(*) FROM predictions WHERE status = 'queued'")[0][0]
    return count


def _own_broker(stage: Stage) -> RabbitMQServer:
    assert isinstance(stage.servers.broker, RabbitMQServer)
    return stage.servers.broker
