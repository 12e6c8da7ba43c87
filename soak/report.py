"""Results, for people and for programs."""

import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import pika
from sqlalchemy import create_engine, text

from soak.audit import Counts
from soak.system import Servers
from tests.harness.servers.rabbitmq import RabbitMQServer

_PACKAGES = ("torch", "pika", "pymysql", "sqlalchemy", "uvicorn")


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """The result of one scenario.

    Args:
        skipped: why it was not played; "" where it was.
    """

    name: str
    promise: str
    accepted: int
    seconds: float
    counts: Counts
    figures: dict[str, object]
    skipped: str = ""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def describe_environment(servers: Servers) -> dict[str, str]:
    """Machine and versions."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return {
        "machine": f"{_processor()}, {_cores()} cores, {_memory_gigabytes()} GB; {platform.platform(terse=True)}",
        "database": _database_version(servers.database.url),
        "broker": f"RabbitMQ {_broker_version(servers.broker.url)}"
        + ("" if isinstance(servers.broker, RabbitMQServer) else " (given)"),
        "python": f"{platform.python_version()}; {packages}",
        "commit": _commit(),
    }


def table(results: Sequence[ScenarioResult]) -> str:
    """A Markdown table, and the other measurements under it."""
    lines = [
        "| Scenario | Accepted | Lost | Failed | Duplicated | Wrong | Stuck | Broken | Seconds |",
        "|---" + "|---:" * 8 + "|",
    ]
    lines += [_row(result) for result in results]
    for result in results:
        lines += ["", f"{result.name}: {result.promise}", *_details(result)]
    return "\n".join(lines)


def _row(result: ScenarioResult) -> str:
    if result.skipped:
        return f"| {result.name} | not run |" + " |" * 7
    counts = result.counts
    losses = [counts.lost, counts.failed, counts.duplicated, counts.wrong, counts.stuck, len(counts.broken)]
    return "| " + " | ".join(map(str, [result.name, result.accepted, *losses, f"{result.seconds:.0f}"])) + " |"


def _details(result: ScenarioResult) -> list[str]:
    if result.skipped:
        return [f"  not run: {result.skipped}"]
    figures = [f"  {name}: {value}" for name, value in result.figures.items()]
    return figures + [f"  BROKEN: {promise}" for promise in result.counts.broken]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    from entrypoints.setting_types import usable_cores

    return usable_cores()


def _memory_gigabytes() -> str:
    found = Path("/proc/meminfo")
    return str(round(int(found.read_text().split()[1]) / 1_000_000)) if found.exists() else "?"


def _database_version(url: str) -> str:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = str(connection.execute(text("SELECT VERSION()")).scalar_one())
    finally:
        engine.dispose()
    return found if "MariaDB" in found else f"MySQL {found}"


def _broker_version(url: str) -> str:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        properties = connection._impl.server_properties
    finally:
        connection.close()
    found = properties["version"]
    return found.decode() if isinstance(found, bytes) else str(found)


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + (" with changes" if git("status", "--porcelain") else "")
