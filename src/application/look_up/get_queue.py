"""Look at the queue."""

from dataclasses import dataclass

from application.ports.queue.queue_gauge import QueueGauge, QueueReading


@dataclass(frozen=True, kw_only=True)
class GetQueue:
    """The queue as it is now.

    Tells how many pictures wait and how many workers take them. A worker takes a few pictures ahead of those that it
    works on: what waits there is no longer counted here, though its status still is `queued`. A worker counts from
    the moment at which it is connected, also while its model is still loading.
    """

    queue: QueueGauge

    def execute(self) -> QueueReading:
        """Read the gauge.

        Raises:
            DatabaseUnavailable, QueueUnavailable: where the queue is kept cannot be reached.
        """
        return self.queue.read()
