"""Numbers of requests and of event streams that wait for predictions at once."""

from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """A number of places.

    Args:
        count: how many there are.
    """

    def __init__(self, count: int) -> None:
        self._free = count

    @property
    def are_taken(self) -> bool:
        """True if no place is free."""
        return self._free <= 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take a place while the context lasts, even if none is free."""
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class WaitingPlaces:
    """Places for clients that keep their connection while they wait.

    The connections of a process are limited too, and some have to be left for requests that do not wait.

    Args:
        connections: that the process serves at once.
        waits: requests that wait for a result, at most two thirds of the connections.
        streams: event streams, at most a quarter of the connections.
    """

    def __init__(self, connections: int = 4000, waits: int = 10_000, streams: int = 1_000) -> None:
        self.waits = Places(min(waits, connections * 2 // 3))
        self.streams = Places(min(streams, connections // 4))
