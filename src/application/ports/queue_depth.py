"""How much waits."""

from abc import abstractmethod
from typing import Protocol


class QueueDepth(Protocol):
    """Looks at the queue from outside."""

    @abstractmethod
    def waiting(self) -> int:
        """How many jobs wait in the queue and are in no engine's hands.

        Raises:
            QueueUnavailable: the queue cannot be reached.
        """
        ...
