"""The scenarios by name."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from soak.scenario_run import ScenarioRun
from soak.scenarios import (
    backlog,
    backup,
    bombs,
    broker,
    cluster,
    connections,
    database,
    disk,
    embedded,
    endurance,
    fuzz,
    leases,
    memory,
    messages,
    models,
    names,
    overload,
    owners,
    processes,
    queues,
    resources,
    retention,
    store,
    webhooks,
)
from soak.system import Servers


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault under load.

    Args:
        execute: runs it.
        promise: the promise that it checks, in words.
        harms_servers: it stops, kills or throttles the database server or the broker.
        program: that it needs to be installed, beside the servers.
    """

    execute: Callable[[ScenarioRun], None]
    promise: str
    harms_servers: bool = False
    program: str = ""

    def missing(self, servers: Servers) -> str:
        """Reason that it cannot be played; "" if it can."""
        if self.harms_servers and not servers.are_private:
            return "the servers are not ours to hurt"
        return f"{self.program} is not installed" if self.program and not shutil.which(self.program) else ""


SCENARIOS = {
    "storm": Scenario(processes.storm, "1,000 pictures; worker, broker and database killed"),
    "api-kills": Scenario(processes.api_kills, "the API killed -9 at random under load"),
    "frozen-worker": Scenario(leases.frozen_worker, "a worker stopped past its lease, and woken up"),
    "slow-batch": Scenario(leases.slow_batch, "batches that take three times their lease"),
    "clock": Scenario(leases.clock, "a worker whose clock is an hour fast, then an hour slow", program="cc"),
    "lost-queue": Scenario(queues.lost_queue, "the queue purged, then deleted, while jobs are published"),
    "deleted-queue": Scenario(queues.deleted_queue, "the queues deleted and declared again at once, again and again"),
    "returned": Scenario(queues.returned, "the queues deleted just before whole batches are posted"),
    "old-backlog": Scenario(queues.old_backlog, "a backlog of two hours and a slow worker: nothing published twice"),
    "cut-connections": Scenario(broker.cut_connections, "all connections to the broker cut, again and again", True),
    "duplicates": Scenario(messages.duplicates, "every message delivered 1-5 times to 3 engines"),
    "dead-letters": Scenario(
        messages.dead_letters, "engines killed after giving up, messages of a later version in the queues"
    ),
    "poison": Scenario(processes.poison, "1 % of the pictures kill the engine"),
    "store-away": Scenario(store.store_away, "an empty folder in the place of the image store, again and again"),
    "broker-down": Scenario(broker.broker_down, "the broker away for a while", True),
    "resource-alarm": Scenario(broker.resource_alarm, "the broker short of disk for a while", True),
    "cluster": Scenario(cluster.node_kills, "each node of a RabbitMQ cluster killed -9 in turn", True),
    "embedded": Scenario(embedded.kills, "`predictor serve` killed -9 under load"),
    "read-only": Scenario(database.read_only, "the database read-only for a while", True),
    "connections": Scenario(database.connections, "no connection to the database left for a while", True),
    "database-kills": Scenario(database.kills, "the database killed -9, again and again", True),
    "hostile-connections": Scenario(
        connections.hostile, "slow, silent, greedy and unreading clients with 300 descriptors", program="prlimit"
    ),
    "descriptors": Scenario(resources.descriptors, "no file descriptors left for a while"),
    "locked": Scenario(backup.locked, "the embedded database locked by a backup for 40 seconds"),
    "out-of-memory": Scenario(memory.shortage, "no memory left for the engines for a while"),
    "name-lost": Scenario(names.lost, "the names of database and broker do not resolve for a while", True),
    "slow-disk": Scenario(disk.slow, "each fsync takes 200 ms longer for a while, the database's too", program="cc"),
    "two-models": Scenario(models.change, "engines of two models on one queue while the model is changed"),
    "retention": Scenario(retention.purges, "old predictions purged under load; purges and workers killed -9"),
    "embedded-retention": Scenario(retention.embedded, "`predictor serve` killed -9 while it purges under load"),
    "backlog": Scenario(backlog.drained, "a backlog of thousands drained, in bounded memory"),
    "fair-owners": Scenario(owners.in_rabbitmq, "owners that send thousands, and one that sends one at a time", True),
    "fair-owners-embedded": Scenario(owners.embedded, "the same with `predictor serve`"),
    "api-memory": Scenario(memory.api_shortage, "no memory left for the API for a while"),
    "webhook-fairness": Scenario(
        webhooks.fairness, "1,000 webhooks for receivers that hang, drip, refuse and never end, beside a good one"
    ),
    "webhook-strangers": Scenario(
        webhooks.strangers, "1,000 webhooks for as many hosts that hang, beside a known receiver and a new one"
    ),
    "rolling": Scenario(processes.rolling_restart, "workers and APIs restarted with SIGTERM under load"),
    "overload": Scenario(overload.overload, "five times as much as it can do: goodput is kept, and it recovers"),
    "endurance": Scenario(endurance.endurance, "every fault in turn under load; nothing grows", True),
    "bombs": Scenario(bombs.bombs, "nothing but pictures that are dear to decode, from four clients"),
    "fuzz": Scenario(fuzz.damaged, "damaged pictures: each ends as pixels or as a refusal"),
    "embedded-endurance": Scenario(endurance.embedded_endurance, "`predictor serve` under load; nothing grows"),
}
