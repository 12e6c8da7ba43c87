"""Faults of the product's own processes."""

import itertools
import os
import signal
import time
from contextlib import suppress

from soak.audit import Audit
from soak.load import Pace
from soak.pictures import Picture
from soak.scenario_run import ScenarioRun, quantiles, repeatedly
from soak.supervisor import SupervisedProcess
from soak.system import Layout, System, special_worker
from tests.harness.crashing_worker import POISON
from tests.harness.servers.mariadb import MariaDBServer
from tests.harness.servers.rabbitmq import RabbitMQServer
from tests.harness.service import eventually

# About what two workers do on two cores: there is always something in work, and the end is near.
_RATE = 25.0
# A storm that nobody gets through ends.
_LONGEST_STORM_SECONDS = 240.0


def storm(run: ScenarioRun) -> None:
    """Kill a worker every five seconds from the first picture to the last, and the servers in between."""
    with run.system() as system:
        system.wait_until_queue_is_stable()
        victims = itertools.cycle(system.workers)
        with (
            repeatedly(5.0, lambda: run.kill(system, next(victims).kill_group)),
            run.load(system.urls, Pace(_RATE, most=run.times(1000, 5000))) as load,
        ):
            _harm_servers(run)
            load.wait()
            accepted = time.time()
            Audit(system.urls, run.ledger.entries()).wait(_LONGEST_STORM_SECONDS)
        run.settle(system, load, since=accepted)
        run.figures["workers killed"] = sum(worker.starts - 1 for worker in system.workers)


def _harm_servers(run: ScenarioRun) -> None:
    database, broker = run.servers.database, run.servers.broker
    if not (isinstance(database, MariaDBServer) and isinstance(broker, RabbitMQServer)):
        run.figures["servers"] = "not ours, not hurt"
        return
    time.sleep(10)
    broker.kill()
    broker.start()
    time.sleep(8)
    database.kill()
    database.start()
    time.sleep(8)
    broker.restart()
    run.figures["servers"] = "broker killed once and restarted once, database killed once"


def api_kills(run: ScenarioRun) -> None:
    """Kill the API by turns: one of its processes, the first one only, and all of them at once."""
    with run.system(Layout(workers=1)) as system:
        api, downtimes = system.apis[0], list[float]()
        with run.load(system.urls, Pace(_RATE, most=1_000_000, seconds=3600)) as load:
            for number in range(run.times(20, 200)):
                time.sleep(run.generator.uniform(0.2, 2.0))
                killed_at = time.monotonic()
                kill_api(api, number)
                eventually(system.is_served)
                downtimes.append(time.monotonic() - killed_at)
            load.stop()
        run.settle(system, load)
        run.figures["API killed"] = len(downtimes)
        run.figures["kill to answer s p50/max"] = f"{quantiles(downtimes)[0]:.1f} / {max(downtimes):.1f}"


def kill_api(api: SupervisedProcess, number: int) -> None:
    """Kill, by turns as `number` has it, one of its processes, the first one only, or all."""
    children = api.children()
    if number % 3 == 0 and children:
        # The helper that multiprocessing starts is among them; that it dies is fine too.
        with suppress(ProcessLookupError):
            os.kill(children[number // 3 % len(children)], signal.SIGKILL)
    elif number % 3 == 1:
        api.send(signal.SIGKILL)
    else:
        api.kill_group()


def poison(run: ScenarioRun) -> None:
    """Send pictures that kill the engine, which is started again each time; a picture has three attempts."""
    run.pictures = [
        Picture(picture.data + POISON, "failed:attempts_exhausted") if number == 50 else picture
        for number, picture in zip(range(100), itertools.cycle(run.pictures), strict=False)
    ]
    with run.system(Layout(worker_command=special_worker("crashing_worker.py"))) as system:
        with run.load(system.urls, Pace(_RATE, most=run.times(500, 2000))) as load:
            load.wait()
        audit = run.settle(system, load)
        expected = run.ledger.entries()
        poisonous = [uuid for uuid, end in expected.items() if end.startswith("failed")]
        failed = [uuid for uuid, body in audit.final.items() if body["status"] == "failed"]
        run.figures["poison"] = len(poisonous)
        run.figures["innocent failures"] = len(set(failed) - set(poisonous))
        innocent = [body["attempts"] for uuid, body in audit.final.items() if uuid not in poisonous]
        run.figures["most attempts of an innocent"] = max(innocent)
        run.figures["engine deaths"] = sum(worker.starts - 1 for worker in system.workers)
        run.require(run.figures.get("dead letters", 0) != 0, "no dead letter")


def rolling_restart(run: ScenarioRun) -> None:
    """Restart every process, one after the other; the load balancer in front of the APIs is told first."""
    with run.system(Layout(apis=2, api_processes=1)) as system:
        exits = list[tuple[int, float]]()
        urls = list(system.urls)
        with run.load(urls, Pace(15, most=1_000_000, seconds=3600), keep_alive=False) as load:
            for _ in range(run.times(5, 25)):
                exits += [_restart(worker, "engine ready") for worker in system.workers]
                exits += [_restart_api(system, api, urls) for api in system.apis]
            load.stop()
        audit = run.settle(system, load)
        codes = {code for code, _ in exits}
        _, p99, longest = quantiles([seconds for _, seconds in exits])
        run.figures["restarts"] = len(exits)
        run.figures["exit s p99/max"] = f"{p99:.1f} / {longest:.1f}"
        run.require(codes == {0}, f"exit codes {codes}")
        run.require(not load.refusals(), f"failed requests {load.refusals()}")
        run.require(set(audit.attempts()) <= {1}, "something was run twice")


def _restart(process: SupervisedProcess, ready: str) -> tuple[int, float]:
    ended = process.terminate()
    process.wait_for(ready)
    return ended


def _restart_api(system: System, api: SupervisedProcess, urls: list[str]) -> tuple[int, float]:
    url = system.urls[system.apis.index(api)]
    urls.remove(url)
    # Connections that were opened just before bring their requests.
    time.sleep(0.2)
    ended = api.terminate()
    eventually(system.is_served)
    urls.append(url)
    return ended
