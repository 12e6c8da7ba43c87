from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, MemoryUnitOfWork
from application.upkeep import find_due_webhooks
from application.upkeep.find_due_webhooks import FindDueWebhooks
from application.upkeep.webhook_lanes import Turn, WebhookLanes
from domain.webhooks.webhook_delivery import DeliveryOutcome, RetrySchedule
from tests.contracts.unit_of_work import keep
from tests.contracts.webhook_deliveries import LANE, a_hooked, deliveries, finish, hook_to, move
from tests.harness.builders import NOON

SCHEDULE = RetrySchedule((timedelta(seconds=10),))
AWAY = DeliveryOutcome(error="timed_out")


class World:
    """Predictions with webhooks to these hosts failed at noon."""

    def __init__(self, *hosts: str) -> None:
        self.unit_of_work, self.lanes, self.clock = MemoryUnitOfWork(), WebhookLanes(99), FixedClock(NOON)
        self.find = FindDueWebhooks(
            schedule=SCHEDULE, unit_of_work=self.unit_of_work, lanes=self.lanes, clock=self.clock
        )
        numbers = range(1, len(hosts) + 1)
        keep(self.unit_of_work, *(a_hooked(n, hook_to(host)) for n, host in zip(numbers, hosts, strict=True)))
        finish(self.unit_of_work, *numbers)

    def found(self) -> list[str]:
        """The lanes that a look finds, in the order of their turns."""
        self.find.execute()
        found: list[str] = []
        while turn := self.lanes.enter(self.clock.now()):
            found.append(turn.lane.removeprefix("default@"))
            self.lanes.is_empty(turn)
            self.lanes.leave(turn)
        return found

    def is_away(self, lane: str) -> None:
        for _ in range(9):
            self.lanes.record(Turn(f"default@{lane}", is_proven=False, number=0), AWAY, timedelta(), self.clock.now())


def test_the_lanes_with_something_due_take_turns() -> None:
    world = World("b", "a", "b")
    assert world.found() == ["a", "b"]
    assert World().found() == []


def test_every_lane_is_found_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_due_webhooks, "_MOST_LANES", 2)
    world = World(*"abcde")
    assert [world.found() for _ in range(4)] == [["a", "b"], ["c", "d"], ["e"], ["a", "b"]]


def test_a_paused_lane_is_left_alone() -> None:
    world = World("a", "b")
    world.is_away("a")
    assert world.found() == ["b"]
    world.clock.advance(timedelta(seconds=30))
    assert world.found() == ["a", "b"]


def test_in_a_paused_lane_what_is_overdue_for_the_whole_schedule_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_due_webhooks, "_MOST_DELIVERIES", 2)
    world = World("a", "a", "a", "b")
    world.clock.advance(SCHEDULE.length - timedelta(seconds=1))
    world.is_away("a")
    world.found()
    assert [deliveries(world.unit_of_work, n)[0].state for n in (1, 2, 3)] == ["pending"] * 3
    world.clock.advance(timedelta(seconds=1))
    world.found()
    world.found()
    states = [deliveries(world.unit_of_work, n)[0].state for n in (1, 2, 3, 4)]
    assert states == ["failed", "failed", "failed", "pending"]
    assert deliveries(world.unit_of_work, 1)[0].attempts == []


def test_a_delivery_of_an_older_version_gets_its_lane() -> None:
    world = World("example.com")
    move(world.unit_of_work, LANE, "")
    assert world.found() == ["example.com"]


def test_one_that_is_no_longer_true_is_withdrawn_instead() -> None:
    world = World("example.com")
    move(world.unit_of_work, LANE, "")
    with world.unit_of_work.begin() as tx:
        locked = tx.predictions.lock([UUID(int=1)])
        locked[0].retry(NOON)
        tx.predictions.save(locked)
        tx.commit()
    assert world.found() == []
    assert deliveries(world.unit_of_work)[0].state == "withdrawn"


def test_one_whose_prediction_is_being_deleted_is_withdrawn_instead() -> None:
    world = World("example.com")
    move(world.unit_of_work, LANE, "")
    world.unit_of_work._rows.clear()
    assert world.found() == []
    assert deliveries(world.unit_of_work)[0].state == "withdrawn"
