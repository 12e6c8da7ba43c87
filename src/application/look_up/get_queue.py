"""Get the state of the queue."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from application.ports.queue.queue_gauge import QueueGauge, QueueReading


@dataclass(frozen=True, kw_only=True)
class GetQueue:
    """Get the current state of the queue.

    Gives the number of pictures that wait and the number of workers that take them. A worker fetches a few pictures
    ahead of those that it works on: these are no longer counted as waiting, though their status still is `queued`. A
    worker counts as soon as it is connected, also while its model is still loading.
    """

    queue: QueueGauge
    # Counts the jobs that wait outside of the queue until it is their owners' turn.
    held_back: Callable[[], int] = lambda: 0

    def execute(self) -> QueueReading:
        """Read the current number of waiting jobs and of workers."""
        reading = self.queue.read()
        return replace(reading, waiting=reading.waiting + self.held_back())
