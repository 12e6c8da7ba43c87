"""The job queue and its events, in two bundles: embedded in the database, or in RabbitMQ."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from adapters.lifecycle.part import Part
from adapters.memory.completion_feed import MemoryCompletionFeed
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.job_consumer import RabbitMQJobConsumer
from adapters.rabbitmq.publisher import RabbitMQJobPublisher
from adapters.rabbitmq.queue_gauge import RabbitMQLaneGauge, RabbitMQQueueGauge
from adapters.rabbitmq.topology import Topology
from adapters.sql.connections.database import Database
from adapters.sql.job_queue import SQLJobQueue
from adapters.sql.unit_of_work import SQLUnitOfWork
from application.ports.health_check import HealthCheck
from application.ports.queue.completion_feed import Announcer, CompletionFeed
from application.ports.queue.job_queue import JobConsumer, JobPublisher
from application.ports.queue.lane_gauge import LaneGauge, LaneReading
from application.ports.queue.queue_gauge import QueueGauge
from application.ports.system import Clock
from application.turns.held_jobs import HeldJobs
from application.turns.publication import AllowedPublication, Publication, UnlimitedPublication
from application.upkeep.confirm_jobs import ConfirmJobs
from entrypoints.settings import Settings


class CheckedPublisher(JobPublisher, HealthCheck, Protocol):
    """A publisher that tells whether it can publish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Messaging:
    """The job queue and its events.

    Args:
        publisher: hands jobs over to the queue.
        consumer: delivers jobs to the engine.
        gauge: reads the length of the queue.
        lanes: reads the lanes of the queue.
        publication: decides which new jobs are published at once.
        held_back: counts the jobs that are not in the queue yet, since it is not their owners' turn.
        announcer: sends state changes to `feed`, in this process or another.
        feed: receives state changes.
        api_parts, worker_parts: connections to start in a process of that kind.
    """

    publisher: CheckedPublisher
    consumer: JobConsumer
    gauge: QueueGauge
    lanes: LaneGauge
    publication: Publication
    held_back: Callable[[], int]
    announcer: Announcer
    feed: CompletionFeed
    api_parts: Sequence[Part] = ()
    worker_parts: Sequence[Part] = ()


class _NoLanes(LaneGauge):
    """The lanes of the embedded queue: the rows are the jobs, so that none can be lost."""

    def read_lanes(self) -> list[LaneReading]:
        return []


def open_messaging(settings: Settings, database: Database, confirm_jobs: ConfirmJobs, clock: Clock) -> Messaging:
    """The bundle that the settings choose. Nothing is connected before its parts are started."""
    if settings.queue_kind == "embedded":
        return _embedded(database)
    return _rabbitmq(settings, database, confirm_jobs, clock)


def _embedded(database: Database) -> Messaging:
    queue, feed = SQLJobQueue(database), MemoryCompletionFeed()
    return Messaging(
        publisher=queue,
        consumer=queue,
        gauge=queue,
        lanes=_NoLanes(),
        publication=UnlimitedPublication(),
        held_back=lambda: 0,
        announcer=feed,
        feed=feed,
    )


def _rabbitmq(settings: Settings, database: Database, confirm_jobs: ConfirmJobs, clock: Clock) -> Messaging:
    held = HeldJobs(unit_of_work=SQLUnitOfWork(database), clock=clock, grace=settings.relay_rules.grace)
    # In an order of its own in each process, so that the brokers share the connections.
    urls = random.sample(settings.broker_urls, len(settings.broker_urls))
    topology = Topology(tuple(urls), settings.queue_name)
    publisher = RabbitMQJobPublisher(topology, confirm_jobs.execute, clock)
    consumer = RabbitMQJobConsumer(topology, settings.prefetch)
    feed = RabbitMQCompletionFeed(topology)
    lanes = RabbitMQLaneGauge(topology, consumer, feed)
    # Where no keys are needed all predictions have one owner.
    turns = settings.needs_keys
    return Messaging(
        publisher=publisher,
        consumer=consumer,
        # A worker is connected for its jobs, an API for its events.
        gauge=RabbitMQQueueGauge(topology, consumer, feed),
        lanes=lanes,
        publication=AllowedPublication(lanes, held) if turns else UnlimitedPublication(),
        held_back=held.count,
        announcer=publisher,
        feed=feed,
        api_parts=[publisher, feed],
        worker_parts=[publisher, consumer],
    )
