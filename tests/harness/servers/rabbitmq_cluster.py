"""A cluster of RabbitMQ nodes."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.harness.servers.rabbitmq import RabbitMQServer

# A node that is cut off from the majority stops serving. Until the others give up on a node that hangs, which takes a
# minute by default, they declare no queues.
_CONFIGURATION = """\
cluster_partition_handling = pause_minority
net_ticktime = 8
"""


class RabbitMQCluster:
    """Private nodes in `folder`, each of which may be killed and started again.

    Queues have a member on each node if they are declared after `start`.
    """

    def __init__(self, folder: Path, size: int = 3) -> None:
        home = folder / "home"
        home.mkdir(parents=True)
        cookie = home / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(10))
        cookie.chmod(0o400)
        self.nodes = [RabbitMQServer(folder / f"node-{number}", home) for number in range(size)]
        for node in self.nodes:
            node.configuration += _CONFIGURATION

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses for clients."""
        return tuple(node.url for node in self.nodes)

    def start(self) -> None:
        """Start all nodes; return when they form one cluster.

        Raises:
            RuntimeError: a node does not start.
        """
        with ThreadPoolExecutor() as pool:
            list(pool.map(RabbitMQServer.start, self.nodes))
        first, *others = self.nodes
        for node in others:
            node.ctl("stop_app")
            node.ctl("join_cluster", first.node)
            node.ctl("start_app")
        first.ctl("await_online_nodes", str(len(self.nodes)))

    def kill(self) -> None:
        """End all nodes as a power failure does."""
        for node in self.nodes:
            node.kill()
