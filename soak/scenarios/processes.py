"""What happens to the product's own processes."""

import itertools
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import tests.harness
from soak.audit import Audit
from soak.load import Pace
from soak.pictures import Picture
from soak.stage import Stage, quantiles, repeatedly
from soak.supervisor import Supervised
from soak.system import Shape, System
from tests.harness.crashing_worker import POISON
from tests.harness.servers.mariadb import MariaDBServer
from tests.harness.servers.rabbitmq import RabbitMQServer
from tests.harness.service import eventually

# About what two workers do on two cores: there is always something in work, and the end is near.
_RATE = 25.0
# A storm that nobody gets through ends.
_LONGEST_STORM_SECONDS = 240.0


def storm(stage: Stage) -> None:
    """Two API processes, two workers; a worker is killed every five seconds from the first picture to the last."""
    with stage.system() as system:
        system.let_the_queue_age()
        victims = itertools.cycle(system.workers)
        with (
            repeatedly(5.0, lambda: stage.kill(system, next(victims).kill_group)),
            stage.load(system.urls, Pace(_RATE, most=stage.times(1000, 5000))) as load,
        ):
            _hurt_servers(stage)
            load.wait()
            accepted = time.time()
            Audit(system.urls, stage.ledger.entries()).wait(_LONGEST_STORM_SECONDS)
        stage.settle(system, load, since=accepted)
        stage.figures["workers killed"] = sum(worker.starts - 1 for worker in system.workers)


def _hurt_servers(stage: Stage) -> None:
    database, broker = stage.servers.database, stage.servers.broker
    if not (isinstance(database, MariaDBServer) and isinstance(broker, RabbitMQServer)):
        stage.figures["servers"] = "not ours, not hurt"
        return
    time.sleep(10)
    broker.kill()
    broker.start()
    time.sleep(8)
    database.kill()
    database.start()
    time.sleep(8)
    broker.restart()
    stage.figures["servers"] = "broker killed once and restarted once, database killed once"


def api_kills(stage: Stage) -> None:
    """By turns: one of its processes, the first one only, and all of them at once."""
    with stage.system(Shape(workers=1)) as system:
        api, downtimes = system.apis[0], list[float]()
        with stage.load(system.urls, Pace(_RATE, most=1_000_000, seconds=3600)) as load:
            for number in range(stage.times(20, 200)):
                time.sleep(stage.dice.uniform(0.2, 2.0))
                killed_at = time.monotonic()
                _kill_api(api, number)
                eventually(system.is_served)
                downtimes.append(time.monotonic() - killed_at)
            load.stop()
        stage.settle(system, load)
        stage.figures["API killed"] = len(downtimes)
        stage.figures["kill to answer s p50/max"] = f"{quantiles(downtimes)[0]:.1f} / {max(downtimes):.1f}"


def _kill_api(api: Supervised, number: int) -> None:
    children = api.children()
    if number % 3 == 0 and children:
        # The helper that multiprocessing starts is among them; that it dies is fine too.
        with suppress(ProcessLookupError):
            os.kill(children[number % len(children)], signal.SIGKILL)
    elif number % 3 == 1:
        api.send(signal.SIGKILL)
    else:
        api.kill_group()


def frozen_worker(stage: Stage) -> None:
    """Mostly shorter than the broker waits for a heartbeat, so that the worker's late result comes; once longer."""
    broker_url = f"{stage.servers.broker.url}?heartbeat=5"
    settings = {"lease_seconds": 2, "republish_seconds": 5, "broker_url": broker_url, "concurrency": 1}
    # Twice the usual rate: with a backlog, whoever is stopped has something in work.
    with stage.system(Shape(), **settings) as system, stage.load(system.urls, Pace(2 * _RATE, most=100_000)) as load:
        for number in range(stage.times(5, 20)):
            time.sleep(3)
            worker = system.workers[number % 2]
            stage.kill(system, lambda worker=worker: worker.send(signal.SIGSTOP))  # type: ignore[misc]
            time.sleep(20 if number == 0 else 6)
            worker.send(signal.SIGCONT)
        load.stop()
        stage.settle(system, load)


def poison(stage: Stage) -> None:
    """The supervisor starts the engine again each time; a picture has three attempts."""
    stage.pictures = [
        Picture(picture.data + POISON, "failed:attempts_exhausted") if number == 50 else picture
        for number, picture in zip(range(100), itertools.cycle(stage.pictures), strict=False)
    ]
    script = Path(tests.harness.__path__[0]) / "crashing_worker.py"
    with stage.system(Shape(worker_command=[sys.executable, script])) as system:
        with stage.load(system.urls, Pace(_RATE, most=stage.times(500, 2000))) as load:
            load.wait()
        audit = stage.settle(system, load)
        expected = stage.ledger.entries()
        poisonous = [uuid for uuid, end in expected.items() if end.startswith("failed")]
        failed = [uuid for uuid, body in audit.final.items() if body["status"] == "failed"]
        stage.figures["poison"] = len(poisonous)
        stage.figures["innocent failures"] = len(set(failed) - set(poisonous))
        innocent = [body["attempts"] for uuid, body in audit.final.items() if uuid not in poisonous]
        stage.figures["most attempts of an innocent"] = max(innocent)
        stage.figures["engine deaths"] = sum(worker.starts - 1 for worker in system.workers)
        stage.demand(stage.figures.get("dead letters", 0) != 0, "no dead letter")


def rolling_restart(stage: Stage) -> None:
    """One after the other, each when the one before is back; the load balancer in front of the APIs is told first."""
    with stage.system(Shape(apis=2, api_processes=1)) as system:
        exits = list[tuple[int, float]]()
        urls = list(system.urls)
        with stage.load(urls, Pace(15, most=1_000_000, seconds=3600), keep_alive=False) as load:
            for _ in range(stage.times(5, 25)):
                exits += [_restart(worker, "engine ready") for worker in system.workers]
                exits += [_restart_api(system, api, urls) for api in system.apis]
            load.stop()
        audit = stage.settle(system, load)
        codes = {code for code, _ in exits}
        _, p99, longest = quantiles([seconds for _, seconds in exits])
        stage.figures["restarts"] = len(exits)
        stage.figures["exit s p99/max"] = f"{p99:.1f} / {longest:.1f}"
        stage.demand(codes == {0}, f"exit codes {codes}")
        stage.demand(not load.refusals(), f"failed requests {load.refusals()}")
        stage.demand(set(audit.attempts()) <= {1}, "something was run twice")


def _restart(process: Supervised, ready: str) -> tuple[int, float]:
    ended = process.terminate()
    process.wait_for(ready)
    return ended


def _restart_api(system: System, api: Supervised, urls: list[str]) -> tuple[int, float]:
    url = system.urls[system.apis.index(api)]
    urls.remove(url)
    # Connections that were opened just before bring their requests.
    time.sleep(0.2)
    ended = api.terminate()
    eventually(system.is_served)
    urls.append(url)
    return ended
