"""Port of the lanes of the queue."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.priority import Priority


@dataclass(frozen=True, slots=True)
class LaneReading:
    """State of one lane at one moment.

    Args:
        priorities: of the jobs in this lane.
        waiting: number of its jobs that no worker holds.
        taken_until: time at which the latest job was published that engines of this process took from it, never later
            than it really was; None if they have not taken any yet.
    """

    priorities: Sequence[Priority]
    waiting: int
    taken_until: datetime | None


class LaneGauge(Protocol):
    """Measurement of the lanes of the queue, which deliver their jobs in the order in which they were published."""

    @abstractmethod
    def read_lanes(self) -> Sequence[LaneReading]:
        """Measure the current state of each lane that could lose a job; raises `QueueUnavailable`."""
