"""Get the state of the queue."""

from dataclasses import dataclass

from application.ports.queue.queue_gauge import QueueGauge, QueueReading


@dataclass(frozen=True, kw_only=True)
class GetQueue:
    """Get the current state of the queue.

    Gives the number of pictures that wait and the number of workers that take them. A worker fetches a few pictures
    ahead of those that it works on: these are no longer counted as waiting, though their status still is `queued`. A
    worker counts as soon as it is connected, also while its model is still loading.
    """

    queue: QueueGauge

    def execute(self) -> QueueReading:
        """Read the current number of waiting jobs and of workers."""
        return self.queue.read()
