"""The queue between those who accept pictures and those who classify them."""

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.job import Job


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job handed to an engine.

    Args:
        job: what is to be done.
        redelivered: True when an engine had it before and did not finish it.
        receipt: what the queue needs to recognise the delivery; nobody else's business.
    """

    job: Job
    redelivered: bool = False
    receipt: Hashable = None


class JobPublisher(Protocol):
    """The near end of the queue."""

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """Whether publishing has a chance just now."""
        ...

    @abstractmethod
    def publish(self, jobs: Sequence[Job]) -> None:
        """Hand over jobs whose predictions are committed. Neither waits nor fails.

        The row of a prediction is its outbox: a job that does not reach the queue is published again.
        """
        ...


class JobConsumer(Protocol):
    """The far end of the queue: delivers every job at least once.

    Of the jobs at hand it delivers the most urgent first, in the order in which they came, and every
    `LONGEST_WAITING_EVERY`-th time the one that waits longest.
    """

    @abstractmethod
    def receive(self, limit: int, timeout: timedelta) -> list[Delivery]:
        """The next 1 to `limit` jobs, as many as are there; waits up to `timeout` while there are none.

        Returns:
            the deliveries; none when the time is over or the queue was closed.

        Raises:
            QueueUnavailable, DatabaseUnavailable: the queue cannot be reached.
        """
        ...

    @abstractmethod
    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """These are dealt with and will not be delivered again."""
        ...

    @abstractmethod
    def reject(self, deliveries: Sequence[Delivery]) -> None:
        """These were given up: they will not be delivered again, and go to the dead letters where there are any."""
        ...

    @abstractmethod
    def close(self) -> None:
        """Deliver nothing more, and wake whoever waits in `receive`."""
        ...
