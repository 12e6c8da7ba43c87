import threading

import pytest

from adapters.lifecycle.backoff import BackoffRetry
from adapters.runners.housekeeping import Housekeeping
from domain.errors import DatabaseUnavailable


class Chore:
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
    stopping, chore = threading.Event(), Chore()
    housekeeping = Housekeeping(BackoffRetry(stopping, first=0.001), stopping)
    housekeeping.every(0.001, chore, "something was done")
    assert chore.done.wait(20)
    housekeeping.stop()
    assert "something was done" in caplog.messages
    assert "a chore failed" in caplog.messages
