import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from application.classify.isolation import Isolation

# Long enough for a thread to take a lock that it should not get.
MOMENT = 0.05
TIMEOUT = 10.0


class Holder:
    """A thread that takes the lock and keeps it until `release`."""

    def __init__(self, side: Callable[[], AbstractContextManager[None]]) -> None:
        self._side = side
        self._has_lock = threading.Event()
        self._may_release = threading.Event()
        self._thread = threading.Thread(target=self._hold, daemon=True)
        self._thread.start()

    def gets_it(self) -> bool:
        return self._has_lock.wait(TIMEOUT)

    def waits(self) -> bool:
        return not self._has_lock.wait(MOMENT)

    def release(self) -> None:
        self._may_release.set()
        self._thread.join(TIMEOUT)

    def _hold(self) -> None:
        with self._side():
            self._has_lock.set()
            self._may_release.wait(TIMEOUT)


@pytest.fixture
def isolation() -> Isolation:
    return Isolation()


def test_shared_holders_run_concurrently(isolation: Isolation) -> None:
    holders = [Holder(isolation.shared) for _ in range(3)]
    assert all(holder.gets_it() for holder in holders)
    for holder in holders:
        holder.release()


def test_an_exclusive_holder_waits_for_shared_ones(isolation: Isolation) -> None:
    other = Holder(isolation.shared)
    assert other.gets_it()
    exclusive = Holder(isolation.exclusive)
    assert exclusive.waits()
    other.release()
    assert exclusive.gets_it()
    exclusive.release()


@pytest.mark.parametrize("side", ["shared", "exclusive"])
def test_all_wait_for_an_exclusive_holder(isolation: Isolation, side: str) -> None:
    exclusive = Holder(isolation.exclusive)
    assert exclusive.gets_it()
    other = Holder(getattr(isolation, side))
    assert other.waits()
    exclusive.release()
    assert other.gets_it()
    other.release()


def test_new_shared_holders_do_not_overtake_a_waiting_exclusive_one(isolation: Isolation) -> None:
    first = Holder(isolation.shared)
    assert first.gets_it()
    exclusive = Holder(isolation.exclusive)
    assert exclusive.waits()
    newcomer = Holder(isolation.shared)
    assert newcomer.waits()
    first.release()
    assert exclusive.gets_it()
    exclusive.release()
    assert newcomer.gets_it()
    newcomer.release()


@pytest.mark.parametrize("side", ["shared", "exclusive"])
def test_an_error_releases_the_lock(isolation: Isolation, side: str) -> None:
    with pytest.raises(RuntimeError), getattr(isolation, side)():
        raise RuntimeError
    with isolation.exclusive():
        pass
