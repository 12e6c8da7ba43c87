"""The clock that all processes share, with the clocks of a machine and of a database as a test sets them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from adapters.sql.connections.clock import ClockDiffers, SharedClock
from adapters.sql.connections.database import Database
from domain.errors import DatabaseUnavailable
from tests.harness.builders import NOON

HOUR = 3600.0


class World(Database):
    """A machine and a database, each with its own clock. It is noon, and both are right.

    Attributes:
        monotonic, wall: the machine's clocks, in seconds.
        time: of the database's clock.
        connecting, answering: seconds that a query takes, of which the second half is the way back.
        questions: number of queries so far.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite:///{path}")
        self.monotonic, self.wall, self.time = 1000.0, NOON.timestamp(), NOON
        self.connecting = self.answering = 0.0
        self.questions = 0
        self.is_away = False
        self.clock = SharedClock(self, lambda: self.monotonic, lambda: self.wall)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.monotonic += seconds
        self.sleep(seconds)

    def sleep(self, seconds: float) -> None:
        """Let time pass while the machine sleeps."""
        self.wall += seconds
        self.time += timedelta(seconds=seconds)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self.is_away:
            raise DatabaseUnavailable
        self.wait(self.connecting)
        with super().read() as connection:
            driver: Any = connection.connection.driver_connection
            driver.create_function("strftime", 2, self._answer)
            yield connection

    def _answer(self, *_: str) -> str:
        self.questions += 1
        self.wait(self.answering / 2)
        told = self.time.replace(tzinfo=None).isoformat(" ", "milliseconds")
        self.wait(self.answering / 2)
        return told


class Waits(threading.Event):
    """Remembers for how long it was waited, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return False


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "clock.db")
    yield world
    world.close()


def now(world: World) -> datetime:
    return world.clock.now()


@pytest.mark.parametrize("wrong", [-HOUR, 0.0, HOUR])
def test_the_time_is_the_databases_and_is_asked_for_once(world: World, wrong: float) -> None:
    world.wall += wrong
    assert now(world) == NOON
    world.wait(HOUR)
    assert now(world) == world.time
    assert world.questions == 1


def test_the_way_of_the_answer_counts_and_connecting_does_not(world: World) -> None:
    world.connecting, world.answering = 20.0, 0.4
    assert now(world) == world.time
    assert world.clock.read().error == timedelta(seconds=0.2)


def test_a_database_whose_clock_is_set_is_followed_at_the_next_reading(world: World) -> None:
    now(world)
    world.time -= timedelta(hours=1)
    assert now(world) == NOON
    world.clock.read()
    assert now(world) == world.time


def test_an_inexact_reading_is_taken_only_where_it_tells_something_new(world: World) -> None:
    world.answering = 4.0
    assert now(world) == world.time
    world.answering = 0.0
    exact = world.clock.read()

    world.answering = 4.0
    assert world.clock.read() == exact
    world.time += timedelta(minutes=1)
    assert world.clock.read().error == timedelta(seconds=2)
    assert now(world) == world.time


def test_after_the_machine_slept_the_database_is_asked_at_once(world: World) -> None:
    now(world)
    world.sleep(8 * HOUR)
    assert now(world) == world.time
    assert now(world) == world.time
    assert world.questions == 2


@pytest.mark.parametrize("answering", [0.0, 4.0])
def test_to_set_the_machines_clock_changes_nothing(world: World, answering: float) -> None:
    now(world)
    world.answering = answering
    world.wall += HOUR
    for _ in range(3):
        assert now(world) == world.time
    assert world.questions == 2


def test_without_the_database_the_time_is_known_if_it_was_read_before(world: World) -> None:
    world.is_away = True
    world.clock.check()
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            now(world)
    world.is_away = False
    now(world)

    world.is_away = True
    world.wait(HOUR)
    assert now(world) == world.time
    world.sleep(HOUR)
    with pytest.raises(DatabaseUnavailable):
        now(world)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (HOUR, "The clock of this machine is 3600.0 s ahead of the database's."),
        (-7.5, "The clock of this machine is 7.5 s behind the database's."),
    ],
)
def test_a_clock_that_is_off_is_told(
    world: World, caplog: pytest.LogCaptureFixture, wrong: float, message: str
) -> None:
    now(world)
    world.clock.check()
    world.wall += wrong
    for _ in range(2):
        with pytest.raises(ClockDiffers, match=f"^{message}$"):
            world.clock.check()
        world.clock.read()
    assert [record.__dict__["reason"] for record in caplog.records] == [message]

    world.wall -= wrong
    world.clock.check()


def test_a_clock_that_may_be_right_is_not_called_wrong(world: World) -> None:
    world.answering = 4.0
    world.wall += 6.9
    now(world)
    world.clock.check()


def test_the_clock_is_read_at_intervals_and_sooner_while_readings_are_inexact(world: World) -> None:
    waits = Waits()
    world.answering = 4.0
    world.clock.keep(waits)
    world.answering = 0.0
    world.clock.keep(waits)
    assert waits.seconds == [1.0, 10.0]
