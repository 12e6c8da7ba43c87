"""Inject faults into the running system, and look up every accepted prediction afterwards.

    python -m soak [NAME ...] [--long] [--json FILE] [--keep FOLDER]

Runs on a private MariaDB or MySQL and RabbitMQ. With TEST_DATABASE_URL and TEST_BROKER_URL it runs on those, which
are not harmed: the scenarios that would are left out. Exits with 1 when any count is not zero.
"""

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from os import environ
from pathlib import Path

from soak.audit import Counts
from soak.pictures import make_pictures
from soak.report import ScenarioResult, describe_environment, table
from soak.scenario_run import ScenarioRun
from soak.scenarios import SCENARIOS
from soak.system import Servers
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer


def main() -> int:
    arguments = _arguments()
    chosen = arguments.names or list(SCENARIOS)
    with _folder(arguments.keep) as folder, _servers(folder) as servers:
        facts = {"date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")} | describe_environment(servers)
        pictures = make_pictures(folder / "pictures")
        results = []
        for name in chosen:
            run = ScenarioRun(folder / name, servers, pictures, arguments.long)
            results.append(_execute(name, run))
            print(table(results[-1:]), "\n", flush=True)
    print("\n".join(f"{name}: {fact}" for name, fact in facts.items()), "\n")
    print(table(results))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(facts | {"scenarios": [v.as_json() for v in results]}, indent=2))
    return 0 if all(result.counts.all_zero for result in results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__.partition("\n")[0] if __doc__ else "")
    names = "; ".join(f"{name}: {scenario.promise}" for name, scenario in SCENARIOS.items())
    parser.add_argument("names", nargs="*", type=_scenario, metavar="NAME", help=names.replace("%", "%%"))
    parser.add_argument("--long", action="store_true", help="many repetitions instead of a few")
    parser.add_argument("--json", type=Path, help="write the results here as well")
    parser.add_argument("--keep", type=Path, help="a new folder for logs and ledgers, which is left there")
    return parser.parse_args()


def _scenario(name: str) -> str:
    if name not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(SCENARIOS)}")
    return name


def _execute(name: str, run: ScenarioRun) -> ScenarioResult:
    scenario = SCENARIOS[name]
    if reason := scenario.missing(run.servers):
        return ScenarioResult(name, scenario.promise, 0, 0.0, Counts(), {}, reason)
    began = time.monotonic()
    try:
        scenario.execute(run)
    except Exception as failure:
        traceback.print_exc()
        run.counts.broken.append(f"the scenario ended with {failure!r}")
    finally:
        run.ledger.close()
    seconds = time.monotonic() - began
    return ScenarioResult(name, scenario.promise, len(run.ledger), seconds, run.counts, run.figures)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True)
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        yield Path(folder)


@contextmanager
def _servers(folder: Path) -> Iterator[Servers]:
    database_url, broker_url = environ.get("TEST_DATABASE_URL"), environ.get("TEST_BROKER_URL")
    database = GivenDatabase(database_url) if database_url else MariaDBServer(folder / "database")
    broker = GivenBroker(broker_url) if broker_url else RabbitMQServer(folder / "broker")
    own = [server for server in (database, broker) if isinstance(server, MariaDBServer | RabbitMQServer)]
    try:
        for server in own:
            server.start()
        yield Servers(database, broker)
    finally:
        for server in own:
            server.kill()
        if isinstance(database, GivenDatabase):
            database.drop_databases()


if __name__ == "__main__":
    sys.exit(main())
