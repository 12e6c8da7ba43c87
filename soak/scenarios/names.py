"""Faults of the name service."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import tests.harness
from soak.scenario_run import ScenarioRun
from soak.scenarios.phases import during
from soak.system import Layout
from tests.harness.servers.account import cut_connections
from tests.harness.servers.mariadb import MariaDBServer
from tests.harness.servers.rabbitmq import RabbitMQServer

# A server for names that does not answer is given up after a time.
_TIMEOUT_SECONDS = "5"


def lost(run: ScenarioRun) -> None:
    """Let the names of the database and of the broker not resolve, and cut the connections that there are."""
    database, broker = run.servers.database, run.servers.broker
    assert isinstance(database, MariaDBServer)
    assert isinstance(broker, RabbitMQServer)
    without_names, url = run.folder / "without-names", database.new_database()
    named = {
        "PREDICTOR_DATABASE_URL": _named(url, "database.test"),
        "PREDICTOR_BROKER_URL": _named(broker.url, "broker.test"),
        "LOST_NAMES": str(without_names),
        "PYTHONPATH": _with_resolver(),
    }
    layout = Layout(prefix=["env", *(f"{name}={value}" for name, value in named.items())])

    @contextmanager
    def names_lost() -> Iterator[None]:
        without_names.write_text(_TIMEOUT_SECONDS)
        cut_connections(url)
        broker.ctl("close_all_connections", "soak")
        try:
            yield
        finally:
            without_names.unlink()

    with run.system(layout, database_url=url) as system:
        during(run, system, names_lost)


def _named(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.replace("127.0.0.1", name)))


def _with_resolver() -> str:
    folders = [str(Path(tests.harness.__path__[0]) / "lost_names"), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(filter(None, folders))
