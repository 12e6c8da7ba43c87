"""Faults of the database server."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from soak.load import Pace
from soak.scenario_run import ScenarioRun, quantiles
from soak.scenarios.phases import RATE, during, require_prepared
from tests.harness.servers.account import administer, ordinary_account, taken_connections
from tests.harness.servers.mariadb import MariaDBServer
from tests.harness.service import eventually


def read_only(run: ScenarioRun) -> None:
    """Make the server read-only, as a replica is that an address points to during a failover."""
    administrator = _own(run).new_database()
    with run.system(database_url=ordinary_account(administrator)) as system:
        during(run, system, partial(_reading_only, administrator))


@contextmanager
def _reading_only(administrator: str) -> Iterator[None]:
    administer(administrator, "SET GLOBAL read_only = 1")
    try:
        yield
    finally:
        administer(administrator, "SET GLOBAL read_only = 0")


def connections(run: ScenarioRun) -> None:
    """Take all connections of the server, the system's too."""
    administrator = _own(run).new_database()
    with run.system(database_url=ordinary_account(administrator)) as system:
        during(run, system, partial(taken_connections, administrator))


def kills(run: ScenarioRun) -> None:
    """Kill the server again and again, and leave it away for up to two seconds."""
    database, back = _own(run), list[float]()
    with run.system() as system, run.load(system.urls, Pace(RATE, most=1_000_000, seconds=7200)) as load:
        for _ in range(run.times(5, 20)):
            time.sleep(run.generator.uniform(1.0, 4.0))
            accepted = len(run.ledger)
            database.kill()
            time.sleep(run.generator.uniform(0.0, 2.0))
            database.start()
            started_at = time.monotonic()
            eventually(lambda accepted=accepted: len(run.ledger) > accepted + 10)  # type: ignore[misc]
            back.append(time.monotonic() - started_at)
        load.stop()
        run.settle(system, load)
    run.figures["kills"] = len(back)
    run.figures["start to ten accepted s p50/max"] = f"{quantiles(back)[0]:.1f} / {max(back):.1f}"
    run.require(set(load.refusals()) <= {503}, f"posts answered {load.refusals()}")
    require_prepared(run)


def _own(run: ScenarioRun) -> MariaDBServer:
    assert isinstance(run.servers.database, MariaDBServer)
    return run.servers.database
