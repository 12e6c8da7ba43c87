"""Ports of the job queue between the API and the engines."""

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.job import Job


@dataclass(frozen=True, slots=True)
class Delivery:
    """Job delivered to an engine.

    Args:
        job: to be run.
        redelivered: True if the job was delivered before and not acknowledged.
        receipt: identifies the delivery to the queue; opaque to all others.
        waited: time that it has been in this process, at least.
    """

    job: Job
    redelivered: bool = False
    receipt: Hashable = None
    waited: timedelta = timedelta()


class JobPublisher(Protocol):
    """Sending end of the queue."""

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """True if jobs can be published at the moment."""

    @abstractmethod
    def publish(self, jobs: Sequence[Job]) -> None:
        """Publish jobs whose predictions are committed. Neither waits nor fails.

        The row of a prediction is its outbox: a job that does not reach the queue is published again.
        """


class JobConsumer(Protocol):
    """Receiving end of the queue, which delivers every job at least once.

    It delivers the most urgent jobs first, and equally urgent ones in the order in which they were published. Every
    `LONGEST_WAITING_EVERY`-th job delivered is the one that has waited longest.
    """

    @abstractmethod
    def receive(self, limit: int, timeout: timedelta) -> list[Delivery]:
        """Receive the next jobs, `limit` at most; wait up to `timeout` while there are none.

        Returns:
            the deliveries; none after the timeout, or once the queue is closed.

        Raises:
            QueueUnavailable, DatabaseUnavailable: the queue cannot be reached.
        """

    @abstractmethod
    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Remove finished jobs from the queue, so that they are not delivered again."""

    @abstractmethod
    def reject(self, deliveries: Sequence[Delivery]) -> None:
        """Remove failed jobs from the queue, into the dead letters if the queue has any."""

    @abstractmethod
    def close(self) -> None:
        """Deliver no more jobs, and wake the threads that wait in `receive`."""
