"""How much waits, and for how many."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class QueueReading:
    """The queue at one moment.

    Args:
        waiting: jobs that are in no worker's hands.
        workers: prediction engines that take jobs from it, those that still load their model among them.
    """

    waiting: int
    workers: int


class QueueGauge(Protocol):
    """Looks at the queue from outside."""

    @abstractmethod
    def read(self) -> QueueReading:
        """The queue as it is now.

        Raises:
            QueueUnavailable: the queue cannot be reached.
        """
        ...
