"""Patience with what is away for a while."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Retry(Protocol):
    """Tries again while something is unavailable."""

    @abstractmethod
    def until_available(self, action: Callable[[], T]) -> T:
        """Call `action` until it does not raise `Unavailable`; what it returned.

        `action` has to be safe to repeat.

        Raises:
            Unavailable: it is still unavailable, and there is no more time to wait.
        """
        ...
