import threading

import pytest

from adapters.lifecycle.backoff import BackoffRetry
from adapters.runners.housekeeping import Chore, Housekeeping
from domain.errors import DatabaseUnavailable


class Work:
    """Fails in two ways before it works."""

    def __init__(self) -> None:
        self.outcomes: list[int | Exception] = [DatabaseUnavailable(), ArithmeticError(), 0, 3]
        self.done = threading.Event()

    def __call__(self) -> int:
        outcome = self.outcomes.pop(0) if self.outcomes else 0
        if isinstance(outcome, Exception):
            raise outcome
        if not self.outcomes:
            self.done.set()
        return outcome


def test_a_chore_is_repeated_whatever_happens(caplog: pytest.LogCaptureFixture) -> None:
    stopping, work = threading.Event(), Work()
    chores = [Chore("counting", 0.001, work, "something was done")]
    housekeeping = Housekeeping(chores, BackoffRetry(stopping, first=0.001), stopping)
    housekeeping.start()
    assert work.done.wait(20)
    housekeeping.stop()
    assert "something was done" in caplog.messages
    assert "a background thread failed and is tried again" in caplog.messages
