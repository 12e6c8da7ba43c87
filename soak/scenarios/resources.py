"""Faults of what the operating system gives to the processes."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from soak.scenario_run import ScenarioRun
from soak.scenarios.phases import during
from soak.system import System
from tests.harness.limits import NO_MORE, limited
from tests.harness.servers.account import cut_connections
from tests.harness.servers.mariadb import MariaDBServer
from tests.harness.servers.rabbitmq import RabbitMQServer

# What an API process may open beside what it has open; idle clients take it all.
_SPARE = 30
_IDLE_CLIENTS = 300


def descriptors(run: ScenarioRun) -> None:
    """Let idle clients take all file descriptors of the API; the workers may open none at all."""
    with run.system() as system:
        before = {worker.pid: _count(worker.pid) for worker in system.workers}
        during(run, system, partial(_without_descriptors, run, system), answered={0, 503})
        kept = {pid: _count(pid) - count for pid, count in before.items()}
        run.figures["descriptors of a worker more than before"] = max(kept.values())
        run.require(max(kept.values()) < _SPARE, "a worker loses file descriptors")
        run.require(system.is_served(), "the API does not answer")
        starts = sum(process.starts - 1 for process in [*system.apis, *system.workers])
        run.require(starts == 0, f"{starts} processes ended")


@contextmanager
def _without_descriptors(run: ScenarioRun, system: System) -> Iterator[None]:
    apis = [pid for api in system.apis for pid in (api.pid, *api.children())]
    limits = {pid: _count(pid) + _SPARE for pid in apis} | {worker.pid: NO_MORE for worker in system.workers}
    with ExitStack() as undo:
        for pid, limit in limits.items():
            undo.enter_context(limited(pid, limit))
        for client in _idle_clients(system.urls):
            undo.callback(client.close)
        _cut_connections(run)
        yield


def _cut_connections(run: ScenarioRun) -> None:
    """Make the processes need new connections to their servers."""
    database, broker = run.servers.database, run.servers.broker
    if isinstance(database, MariaDBServer) and isinstance(broker, RabbitMQServer):
        cut_connections(database.url)
        broker.ctl("close_all_connections", "soak")


def _idle_clients(urls: Sequence[str]) -> list[socket.socket]:
    addresses = [urlsplit(url) for url in urls]
    clients = []
    for address in addresses * (_IDLE_CLIENTS // len(addresses)):
        client = socket.socket()
        clients.append(client)
        with suppress(OSError):
            client.connect((address.hostname, address.port))
    return clients


def _count(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
