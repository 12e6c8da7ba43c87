import threading

import pytest

from adapters.lifecycle.backoff import BackoffRetry
from domain.errors import DatabaseUnavailable


class Database:
    """Away for the first `failures` calls."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    def ask(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise DatabaseUnavailable
        return "answer"


def test_tries_until_it_works() -> None:
    database = Database(failures=4)
    assert BackoffRetry(threading.Event(), first=0.001, last=0.002).until_available(database.ask) == "answer"
    assert database.calls == 5


def test_a_stopping_process_waits_no_more() -> None:
    stopping = threading.Event()
    stopping.set()
    database = Database(failures=4)
    with pytest.raises(DatabaseUnavailable):
        BackoffRetry(stopping).until_available(database.ask)
    assert database.calls == 1


def test_other_errors_are_not_repeated() -> None:
    def broken() -> str:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        BackoffRetry(threading.Event()).until_available(broken)
