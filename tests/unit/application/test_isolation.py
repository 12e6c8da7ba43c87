import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from application.classify.isolation import Isolation

# Long enough for a thread to do what it should not.
MOMENT = 0.05
PATIENCE = 10.0


class Worker:
    """A thread that enters, says so, and leaves when it is told to."""

    def __init__(self, entrance: Callable[[], AbstractContextManager[None]]) -> None:
        self._entrance = entrance
        self._inside = threading.Event()
        self._may_leave = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def gets_in(self) -> bool:
        return self._inside.wait(PATIENCE)

    def stays_out(self) -> bool:
        return not self._inside.wait(MOMENT)

    def leave(self) -> None:
        self._may_leave.set()
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        with self._entrance():
            self._inside.set()
            self._may_leave.wait(PATIENCE)


@pytest.fixture
def isolation() -> Isolation:
    return Isolation()


def test_many_work_side_by_side(isolation: Isolation) -> None:
    workers = [Worker(isolation.side_by_side) for _ in range(3)]
    assert all(worker.gets_in() for worker in workers)
    for worker in workers:
        worker.leave()


def test_who_wants_to_be_alone_waits_for_the_others(isolation: Isolation) -> None:
    other = Worker(isolation.side_by_side)
    assert other.gets_in()
    alone = Worker(isolation.alone)
    assert alone.stays_out()
    other.leave()
    assert alone.gets_in()
    alone.leave()


@pytest.mark.parametrize("entrance", ["side_by_side", "alone"])
def test_nobody_begins_while_one_is_alone(isolation: Isolation, entrance: str) -> None:
    alone = Worker(isolation.alone)
    assert alone.gets_in()
    other = Worker(getattr(isolation, entrance))
    assert other.stays_out()
    alone.leave()
    assert other.gets_in()
    other.leave()


def test_newcomers_do_not_hold_up_who_wants_to_be_alone(isolation: Isolation) -> None:
    first = Worker(isolation.side_by_side)
    assert first.gets_in()
    alone = Worker(isolation.alone)
    assert alone.stays_out()
    newcomer = Worker(isolation.side_by_side)
    assert newcomer.stays_out()
    first.leave()
    assert alone.gets_in()
    alone.leave()
    assert newcomer.gets_in()
    newcomer.leave()


@pytest.mark.parametrize("entrance", ["side_by_side", "alone"])
def test_who_fails_makes_room(isolation: Isolation, entrance: str) -> None:
    with pytest.raises(RuntimeError), getattr(isolation, entrance)():
        raise RuntimeError
    with isolation.alone():
        pass
