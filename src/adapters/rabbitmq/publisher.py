"""Publishes jobs with confirmations, and state changes."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import pika

from adapters.lifecycle.supervised_loop import LoopGroup, SupervisedLoop
from adapters.rabbitmq.failover import Failover
from adapters.rabbitmq.publishing_session import PublishingSession
from adapters.rabbitmq.topology import Topology, reconnection_backoff
from application.ports.health_check import HealthCheck
from application.ports.queue.completion_feed import Announcer
from application.ports.queue.job_queue import JobPublisher
from application.ports.system import Clock
from domain.errors import QueueUnavailable, Unavailable
from domain.job import Job
from domain.prediction import Prediction

# Maximum number of jobs that wait for the broker. More are dropped: their rows are the outbox.
_MAX_WAITING = 10_000
# Time in which confirmations are collected, to record many of them in one statement.
_GATHERING_SECONDS = 0.25


class RabbitMQJobPublisher(LoopGroup, JobPublisher, Announcer, HealthCheck):
    """Publishes from a thread of its own, over a connection of its own.

    Args:
        topology: to publish to.
        on_confirmed: called with the uuids of jobs that the broker has made durable, in another thread than the one
            that publishes; it may wait and fail.
        clock: tells the time of publishing.
    """

    name = "queue"

    def __init__(self, topology: Topology, on_confirmed: Callable[[Sequence[UUID]], None], clock: Clock) -> None:
        self._topology = topology
        self._failover = Failover(topology, "publisher")
        self._on_confirmed = on_confirmed
        self._clock = clock
        self._stopping = threading.Event()
        self._session: PublishingSession | None = None
        self._confirmed: deque[UUID] = deque()
        self._something_confirmed = threading.Event()
        super().__init__(
            [
                SupervisedLoop(
                    "publisher",
                    self._publish_until_disconnected,
                    self._stopping,
                    self._disconnect,
                    reconnection_backoff(),
                ),
                SupervisedLoop(
                    "publisher-confirmations", self._note_confirmed, self._stopping, self._something_confirmed.set
                ),
            ]
        )

    @property
    def is_connected(self) -> bool:
        session = self._session
        return session is not None and session.is_open

    def publish(self, jobs: Sequence[Job]) -> None:
        session = self._session
        if not jobs or session is None or not session.is_open or session.waiting + len(jobs) > _MAX_WAITING:
            return
        session.publish(jobs, self._time())

    def announce(self, predictions: Sequence[Prediction]) -> None:
        session = self._session
        if predictions and session is not None and session.is_open:
            session.announce([prediction.state_change for prediction in predictions])

    def check(self) -> None:
        if not self.is_connected:
            raise QueueUnavailable

    def _time(self) -> datetime | None:
        try:
            return self._clock.now()
        except Unavailable:
            return None

    def _publish_until_disconnected(self) -> None:
        self._failover.use(self._publish_to)

    def _publish_to(self, broker: pika.URLParameters) -> None:
        session = self._session = PublishingSession(broker, self._topology, self._confirm)
        try:
            if not self._stopping.is_set():  # set since, the stop did not find this session
                session.run()
        finally:
            self._session = None

    def _disconnect(self) -> None:
        if session := self._session:
            session.close()

    def _confirm(self, uuids: Sequence[UUID]) -> None:
        self._confirmed.extend(uuids)
        self._something_confirmed.set()

    def _note_confirmed(self) -> None:
        self._something_confirmed.wait()
        self._stopping.wait(_GATHERING_SECONDS)
        self._something_confirmed.clear()
        if uuids := [self._confirmed.popleft() for _ in range(len(self._confirmed))]:
            self._on_confirmed(uuids)
