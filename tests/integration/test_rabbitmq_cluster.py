"""A cluster of three nodes under load, which are killed or hang."""

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.topology import Topology
from domain.prediction_state import StateChange
from tests.harness.builders import a_prediction
from tests.harness.servers.fixtures import skip_or_fail
from tests.harness.servers.rabbitmq import RabbitMQServer, missing_rabbitmq
from tests.harness.servers.rabbitmq_cluster import RabbitMQCluster
from tests.harness.service import eventually
from tests.harness.technologies.rabbitmq import RabbitMQDeployment, remove

_PAUSE_SECONDS = 0.005


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQCluster]:
    skip_or_fail(missing_rabbitmq())
    cluster = RabbitMQCluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()


class Traffic:
    """A steady stream of jobs and news through the cluster, while the context is entered."""

    def __init__(self, topology: Topology) -> None:
        self.world = RabbitMQDeployment(topology)
        self.received: set[UUID] = set()
        self.heard: list[StateChange] = []
        self._feed = RabbitMQCompletionFeed(topology)
        self._feed.listen(self.heard.extend)
        self._numbers = itertools.count(1)
        self._ended = threading.Event()

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Publish and announce until the context is left; receive until `stop`."""
        left = threading.Event()
        self._feed.start()
        threads = [
            threading.Thread(target=self._publish, args=(left,), daemon=True),
            threading.Thread(target=self._receive, daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            left.set()
            threads[0].join()

    def moves(self) -> None:
        """Return when a job was confirmed, a job received and news heard that are newer than this call."""
        confirmed, received, heard = len(self.world.confirmed), len(self.received), len(self.heard)
        eventually(lambda: len(self.world.confirmed) > confirmed + 100)
        eventually(lambda: len(self.received) > received + 100 and len(self.heard) > heard + 100)

    def stop(self) -> None:
        self._ended.set()
        self._feed.stop()
        self.world.stop()

    def _publish(self, left: threading.Event) -> None:
        while not left.wait(_PAUSE_SECONDS):
            prediction = a_prediction(next(self._numbers))
            self.world.publisher.publish([prediction.job])
            self.world.publisher.announce([prediction])

    def _receive(self) -> None:
        while not self._ended.is_set():
            deliveries = self.world.queue.receive(10, timedelta(seconds=0.1))
            self.received.update(delivery.job.uuid for delivery in deliveries)
            self.world.queue.acknowledge(deliveries)


@pytest.fixture
def traffic(cluster: RabbitMQCluster) -> Iterator[Traffic]:
    """Traffic that flows. In the end every confirmed job has been received and nothing is stuck."""
    # A node that hangs is noticed sooner than by default.
    urls = tuple(f"{url}?heartbeat=2&stack_timeout=2" for url in cluster.urls)
    topology = Topology(urls, f"test.{uuid4()}")
    traffic = Traffic(topology)
    with traffic.flowing():
        traffic.moves()
        # RabbitMQ 3.10 that is killed within a second or so of a quorum queue's declaration forgets the queue's log.
        time.sleep(3)
        yield traffic
    eventually(lambda: traffic.received.issuperset(traffic.world.confirmed))
    eventually(lambda: traffic.world.gauge.read().waiting == 0)
    traffic.stop()
    remove(topology)


def test_jobs_and_news_flow_while_each_node_is_killed_in_turn(cluster: RabbitMQCluster, traffic: Traffic) -> None:
    for node in cluster.nodes:
        node.kill()
        traffic.moves()
        node.start()
        node.ctl("await_online_nodes", str(len(cluster.nodes)))


def test_jobs_and_news_flow_again_after_the_majority_was_lost(cluster: RabbitMQCluster, traffic: Traffic) -> None:
    first, *others = cluster.nodes
    for node in others:
        node.kill()
    with ThreadPoolExecutor() as pool:
        list(pool.map(RabbitMQServer.start, others))
    first.ctl("await_online_nodes", str(len(cluster.nodes)))
    traffic.moves()


def test_jobs_and_news_flow_while_the_node_in_use_hangs(cluster: RabbitMQCluster, traffic: Traffic) -> None:
    first = cluster.nodes[0]
    first.pause()
    try:
        traffic.moves()
    finally:
        first.resume()
