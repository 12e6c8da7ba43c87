"""Publishing jobs, confirmed, without waiting for each confirmation; and news."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from uuid import UUID

from adapters.rabbitmq.broker import Broker
from adapters.rabbitmq.publishing_session import PublishingSession
from adapters.rabbitmq.reconnection import reconnecting
from application.ports.health_check import HealthCheck
from application.ports.queue.completion_feed import Announcer
from application.ports.queue.job_queue import JobPublisher
from domain.errors import QueueUnavailable, Unavailable
from domain.job import Job
from domain.prediction import Prediction

_log = logging.getLogger(__name__)

# Jobs that wait for the broker to read them. More are not kept: their rows are the outbox.
_MOST_WAITING = 10_000
# Confirmations are gathered for so long before they are noted: one statement for many, and nobody waits for it.
_GATHERING_SECONDS = 0.25


class RabbitMQJobPublisher(JobPublisher, Announcer, HealthCheck):
    """Publishes from a thread of its own, over a connection of its own.

    Args:
        broker: where to.
        on_confirmed: told which jobs the broker has made durable, from another thread than the one that
            publishes; it may wait and fail.
    """

    name = "queue"

    def __init__(self, broker: Broker, on_confirmed: Callable[[Sequence[UUID]], None]) -> None:
        self._broker = broker
        self._on_confirmed = on_confirmed
        self._stopping = threading.Event()
        self._session: PublishingSession | None = None
        self._confirmed: deque[UUID] = deque()
        self._something_confirmed = threading.Event()
        self._threads = [
            threading.Thread(target=self._publish_until_stopped, name="publisher", daemon=True),
            threading.Thread(target=self._note_until_stopped, name="publisher-confirmations", daemon=True),
        ]

    def start(self) -> None:
        """Connect, in the background, and stay connected."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Note what was confirmed, and disconnect."""
        self._stopping.set()
        self._something_confirmed.set()
        if session := self._session:
            session.close()
        for thread in self._threads:
            thread.join()

    @property
    def is_connected(self) -> bool:
        session = self._session
        return session is not None and session.is_open

    def publish(self, jobs: Sequence[Job]) -> None:
        session = self._session
        if not jobs or session is None or not session.is_open or session.waiting + len(jobs) > _MOST_WAITING:
            return
        session.publish(jobs)

    def announce(self, predictions: Sequence[Prediction]) -> None:
        session = self._session
        if predictions and session is not None and session.is_open:
            session.announce([prediction.state_change for prediction in predictions])

    def check(self) -> None:
        if not self.is_connected:
            raise QueueUnavailable

    def _publish_until_stopped(self) -> None:
        for _ in reconnecting(self._stopping):
            self._session = PublishingSession(self._broker, self._confirm)
            if self._stopping.is_set():
                return
            self._session.run()

    def _confirm(self, uuids: Sequence[UUID]) -> None:
        self._confirmed.extend(uuids)
        self._something_confirmed.set()

    def _note_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._something_confirmed.wait()
            self._stopping.wait(_GATHERING_SECONDS)
            self._something_confirmed.clear()
            self._note()

    def _note(self) -> None:
        uuids = [self._confirmed.popleft() for _ in range(len(self._confirmed))]
        if not uuids:
            return
        try:
            self._on_confirmed(uuids)
        except Unavailable:
            _log.warning("confirmations were not noted", extra={"count": len(uuids)})
        except Exception:
            _log.exception("confirmations were not noted", extra={"count": len(uuids)})
