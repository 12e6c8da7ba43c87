"""Port of the measurement of the queue."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class QueueReading:
    """State of the queue at one moment.

    Args:
        waiting: number of jobs that no worker holds.
        workers: number of prediction engines that take jobs from it, including those that still load their model.
    """

    waiting: int
    workers: int


class QueueGauge(Protocol):
    """Measurement of the queue."""

    @abstractmethod
    def read(self) -> QueueReading:
        """Measure the current state of the queue; raises `QueueUnavailable`."""
