"""RabbitMQ keeps the contracts."""

from contextlib import suppress

import pytest

from adapters.rabbitmq.codec import encode
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.job_consumer import RabbitMQJobConsumer
from adapters.rabbitmq.queue_gauge import RabbitMQQueueGauge
from application.ports.queue.queue_gauge import QueueReading
from domain.errors import QueueUnavailable
from tests.contracts.completion_feed import CompletionFeedContract
from tests.contracts.job_queue import JobQueueContract
from tests.contracts.lane_gauge import LaneGaugeContract
from tests.contracts.queue_gauge import QueueGaugeContract
from tests.harness.builders import a_prediction
from tests.harness.service import eventually
from tests.harness.technologies.rabbitmq import PREFETCH, RabbitMQDeployment, RabbitMQFixtures, channel_to


class TestRabbitMQCompletionFeed(RabbitMQFixtures, CompletionFeedContract): ...


class TestRabbitMQJobQueue(RabbitMQFixtures, JobQueueContract): ...


class TestRabbitMQLaneGauge(RabbitMQFixtures, LaneGaugeContract):
    AHEAD = PREFETCH

    def test_a_message_that_does_not_say_when_it_was_published_tells_nothing(self, world: RabbitMQDeployment) -> None:
        with channel_to(world.topology) as channel:
            channel.basic_publish("", world.topology.queue, encode(a_prediction(1).job))
        assert world.receive(1)
        assert {lane.taken_until for lane in world.lanes.read_lanes()} == {None}

    def test_a_consumer_without_a_connection_reads_nothing(self, world: RabbitMQDeployment) -> None:
        world.queue.stop()
        with pytest.raises(QueueUnavailable):
            world.lanes.read_lanes()


class TestRabbitMQQueueGauge(RabbitMQFixtures, QueueGaugeContract):
    AHEAD = PREFETCH


class TestRabbitMQQueueGaugeOfTheFeed(TestRabbitMQQueueGauge):
    """As the API reads it, which consumes no jobs."""

    @pytest.fixture
    def gauge(self, world: RabbitMQDeployment, feed: RabbitMQCompletionFeed) -> RabbitMQQueueGauge:
        return RabbitMQQueueGauge(world.topology, feed)

    def test_it_counts_workers_that_come_and_go(self, world: RabbitMQDeployment, gauge: RabbitMQQueueGauge) -> None:
        second = RabbitMQJobConsumer(world.topology, PREFETCH)
        second.start()
        assert eventually(lambda: gauge.read().workers == 2)
        second.stop()
        assert eventually(lambda: gauge.read().workers == 1)
        world.queue.stop()
        assert eventually(lambda: gauge.read().workers == 0)

    def test_queues_that_are_gone_are_declared_again(
        self, world: RabbitMQDeployment, gauge: RabbitMQQueueGauge
    ) -> None:
        world.queue.stop()
        with channel_to(world.topology) as channel:
            channel.queue_delete(world.topology.queue)
        with pytest.raises(QueueUnavailable):
            gauge.read()

        def read_again() -> QueueReading | None:
            with suppress(QueueUnavailable):
                return gauge.read()
            return None

        assert eventually(read_again) == QueueReading(waiting=0, workers=0)
