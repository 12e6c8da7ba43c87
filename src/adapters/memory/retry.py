"""Retry without waiting."""

from collections.abc import Callable
from typing import TypeVar

from application.ports.retry import Retry
from domain.errors import Unavailable

T = TypeVar("T")


class LimitedRetry(Retry):
    """Tries at most `tries` times, without waiting in between."""

    def __init__(self, tries: int = 1) -> None:
        self._tries = tries

    def until_available(self, action: Callable[[], T]) -> T:
        for _ in range(self._tries - 1):
            try:
                return action()
            except Unavailable:
                continue
        return action()
