"""A cluster of brokers whose nodes die."""

import itertools
import time
from collections.abc import Iterable

from soak.audit import Audit
from soak.load import Load, Pace
from soak.scenario_run import ScenarioRun
from tests.harness.servers.rabbitmq_cluster import RabbitMQCluster

# Slow enough that every node is killed before the shorter run has accepted its pictures.
_RATE = 10.0
# With one node away, before it is started again.
_AWAY_SECONDS = 2.0


def node_kills(run: ScenarioRun) -> None:
    """Kill -9 one node after the other, each as soon as the one before is back."""
    cluster = RabbitMQCluster(run.folder / "cluster")
    try:
        cluster.start()
        _kill_nodes(run, cluster)
    finally:
        cluster.kill()


def _kill_nodes(run: ScenarioRun, cluster: RabbitMQCluster) -> None:
    pace = Pace(_RATE, most=run.times(300, 1000))
    with run.system(broker_url=" ".join(cluster.urls)) as system, run.load(system.urls, pace) as load:
        system.wait_until_queue_is_stable()
        kills = 0
        for node in itertools.cycle(cluster.nodes):
            if load.is_over and kills >= len(cluster.nodes):
                break
            node.kill()
            kills += 1
            time.sleep(_AWAY_SECONDS)
            node.start()
            node.ctl("await_online_nodes", str(len(cluster.nodes)))
        audit = run.settle(system, load, since=time.time())
    run.figures["nodes killed"] = kills
    run.figures["longest gap in accepting s"] = round(_longest_gap(_accepted(load)), 2)
    run.figures["longest gap in finishing s"] = round(_longest_gap(_finished(audit)), 2)


def _accepted(load: Load) -> list[float]:
    return [answer.at + answer.seconds for answer in load.answers if answer.status == 202]


def _finished(audit: Audit) -> list[float]:
    return [at for uuid in audit.final if (at := audit.finished_at(uuid))]


def _longest_gap(times: Iterable[float]) -> float:
    return max((later - earlier for earlier, later in itertools.pairwise(sorted(times))), default=0.0)
