"""Port of retries while a dependency is unavailable."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Retry(Protocol):
    """Retries an action until its dependency is available."""

    @abstractmethod
    def until_available(self, action: Callable[[], T]) -> T:
        """Call `action` until it does not raise `Unavailable`, and return its result.

        `action` must be safe to repeat.

        Raises:
            Unavailable: the dependency is still unavailable, and there is no more time to wait.
        """
