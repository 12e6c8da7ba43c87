"""The scenarios by name."""

from collections.abc import Callable
from dataclasses import dataclass

from soak.scenario_run import ScenarioRun
from soak.scenarios import (
    backlog,
    backup,
    broker,
    cluster,
    database,
    disk,
    embedded,
    memory,
    messages,
    models,
    names,
    processes,
    resources,
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault under load.

    Args:
        execute: runs it.
        promise: the promise that it checks, in words.
        harms_servers: it stops, kills or throttles the database server or the broker.
    """

    execute: Callable[[ScenarioRun], None]
    promise: str
    harms_servers: bool = False


SCENARIOS = {
    "storm": Scenario(processes.storm, "1,000 pictures; worker, broker and database killed"),
    "api-kills": Scenario(processes.api_kills, "the API killed -9 at random under load"),
    "frozen-worker": Scenario(processes.frozen_worker, "a worker stopped past its lease, and woken up"),
    "lost-queue": Scenario(messages.lost_queue, "the queue purged, then deleted, while jobs are published"),
    "cut-connections": Scenario(broker.cut_connections, "all connections to the broker cut, again and again", True),
    "duplicates": Scenario(messages.duplicates, "every message delivered 1-5 times to 3 engines"),
    "poison": Scenario(processes.poison, "1 % of the pictures kill the engine"),
    "broker-down": Scenario(broker.broker_down, "the broker away for a while", True),
    "resource-alarm": Scenario(broker.resource_alarm, "the broker short of disk for a while", True),
    "cluster": Scenario(cluster.node_kills, "each node of a RabbitMQ cluster killed -9 in turn", True),
    "embedded": Scenario(embedded.kills, "`predictor serve` killed -9 under load"),
    "read-only": Scenario(database.read_only, "the database read-only for a while", True),
    "connections": Scenario(database.connections, "no connection to the database left for a while", True),
    "database-kills": Scenario(database.kills, "the database killed -9, again and again", True),
    "descriptors": Scenario(resources.descriptors, "no file descriptors left for a while"),
    "locked": Scenario(backup.locked, "the embedded database locked by a backup for 40 seconds"),
    "out-of-memory": Scenario(memory.shortage, "no memory left for the engines for a while"),
    "name-lost": Scenario(names.lost, "the names of database and broker do not resolve for a while", True),
    "slow-disk": Scenario(disk.slow, "each fsync takes 200 ms longer for a while, the database's too"),
    "two-models": Scenario(models.change, "engines of two models on one queue while the model is changed"),
    "backlog": Scenario(backlog.drained, "a backlog of thousands drained, in bounded memory"),
    "api-memory": Scenario(memory.api_shortage, "no memory left for the API for a while"),
    "rolling": Scenario(processes.rolling_restart, "workers and APIs restarted with SIGTERM under load"),
}
