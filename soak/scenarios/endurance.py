"""An hour of load and faults, in which nothing may grow."""

import itertools
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from soak.leaks import DESCRIPTORS, MEMORY, THREADS, Sampler
from soak.load import Pace
from soak.scenario_run import ScenarioRun, repeatedly
from soak.scenarios.embedded import serve, settle
from soak.scenarios.processes import kill_api
from soak.scenarios.queues import replace_queues
from soak.scenarios.store import take_away
from soak.system import Layout, System, answers
from tests.harness.servers.mariadb import MariaDBServer
from tests.harness.servers.process import free_port
from tests.harness.servers.rabbitmq import RabbitMQServer
from tests.harness.service import eventually

# What two workers do easily while one of them is away again and again.
_RATE = 10.0
_SAMPLE_SECONDS = 5.0
_CONNECTIONS, _CHANNELS = "connections", "channels"
# What an hour may add, or a tenth of what there was if that is more.
_LEAST = {MEMORY: 20.0, DESCRIPTORS: 5.0, THREADS: 3.0, _CONNECTIONS: 2.0, _CHANNELS: 2.0}


def endurance(run: ScenarioRun) -> None:
    """One fault after the other under load. The last API and the last worker are never hurt: they are measured."""
    seconds, warm_up, pause = (3600.0, 300.0, 25.0) if run.long else (180.0, 60.0, 20.0)
    with run.system(Layout(apis=2), republish_seconds=5, lease_seconds=10) as system:
        system.wait_until_queue_is_stable()
        sampler = Sampler(lambda: {process.name: process.pid for process in (*system.apis, *system.workers)})
        with (
            repeatedly(_SAMPLE_SECONDS, sampler.sample),
            # Rarely, since a reading costs a second or two of a core.
            repeatedly(run.times(15, 60), partial(_sample_broker, _broker(run), sampler)),
            run.load(system.urls, Pace(_RATE, most=1_000_000, seconds=2 * seconds)) as load,
        ):
            run.figures["faults"] = _inject(faults(run, system), seconds, pause)
            load.stop()
        _note_slopes(run, sampler, warm_up)
        run.settle(system, load)


def embedded_endurance(run: ScenarioRun) -> None:
    """The embedded mode under load, without faults."""
    seconds, warm_up = (3600.0, 300.0) if run.long else (90.0, 30.0)
    port = free_port()
    url, settings = f"http://127.0.0.1:{port}", {"data_dir": run.folder / "data", "port": port}
    process = serve(run, settings)
    sampler = Sampler(lambda: {process.name: process.pid})
    try:
        eventually(lambda: answers(url, "/health/ready"))
        with (
            repeatedly(_SAMPLE_SECONDS, sampler.sample),
            run.load([url], Pace(_RATE, most=1_000_000, seconds=seconds)) as load,
        ):
            load.wait()
    finally:
        process.stop()
    settle(run, url, settings)
    _note_slopes(run, sampler, warm_up)


def faults(run: ScenarioRun, system: System) -> Iterator[Callable[[], object]]:
    """Faults without end."""
    database, broker = run.servers.database, _broker(run)
    assert isinstance(database, MariaDBServer)
    for number in itertools.count(1):
        yield lambda: run.kill(system, system.workers[0].kill_group)
        yield partial(kill_api, system.apis[0], number)
        yield lambda: _freeze(system, 5.0)
        yield lambda: broker.ctl("close_all_connections", "soak")
        yield lambda: system.on_channel(partial(replace_queues, system.broker))
        yield broker.restart
        yield database.restart
        yield lambda: take_away(system.images, 3.0)


def _inject(faults: Iterator[Callable[[], object]], seconds: float, pause: float) -> int:
    """Do one every `pause` seconds; return their number."""
    began = time.monotonic()
    for number in itertools.count(1):
        due = began + number * pause
        if due > began + seconds:
            return number - 1
        time.sleep(max(0.0, due - time.monotonic()))
        next(faults)()
    raise AssertionError


def _freeze(system: System, seconds: float) -> None:
    system.workers[0].send(signal.SIGSTOP)
    time.sleep(seconds)
    system.workers[0].send(signal.SIGCONT)


def _sample_broker(broker: RabbitMQServer, sampler: Sampler) -> None:
    # While it is restarted, it does not answer.
    with suppress(subprocess.SubprocessError):
        channels = [int(line) for line in broker.ctl("list_connections", "channels").split() if line.isdigit()]
        sampler.add("broker", {_CONNECTIONS: len(channels), _CHANNELS: sum(channels)})


def _note_slopes(run: ScenarioRun, sampler: Sampler, warm_up: float) -> None:
    for (name, what), slope in sampler.slopes(warm_up).items():
        run.figures[f"{what} of {name}"] = slope
        if run.long:
            run.require(not slope.is_leak(_LEAST[what]), f"{what} of {name}: {slope}")


def _broker(run: ScenarioRun) -> RabbitMQServer:
    assert isinstance(run.servers.broker, RabbitMQServer)
    return run.servers.broker
