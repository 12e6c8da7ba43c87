import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from application.upkeep import webhook_lanes
from application.upkeep.webhook_lanes import Turn, WebhookLanes
from domain.webhooks.lane import LaneRules
from domain.webhooks.webhook_delivery import DeliveryOutcome
from tests.harness.builders import NOON

SECOND = timedelta(seconds=1)
TAKEN, AWAY = DeliveryOutcome(204), DeliveryOutcome(error="timed_out")


def turns(lanes: WebhookLanes, count: int = 99, seconds: int = 0) -> list[Turn]:
    """The turns that begin before one ends."""
    begun: list[Turn] = []
    while len(begun) < count and (turn := lanes.enter(NOON + seconds * SECOND)):
        begun.append(turn)
    return begun


def names(begun: list[Turn]) -> str:
    return "".join(turn.lane for turn in begun)


def prove(lanes: WebhookLanes, lane: str, outcome: DeliveryOutcome = TAKEN, times: int = 1) -> None:
    """A delivery to it ends so, that many times."""
    for _ in range(times):
        lanes.record(Turn(lane, is_proven=False, number=0), outcome, SECOND, NOON)


def test_without_a_sign_there_is_no_turn() -> None:
    assert WebhookLanes(9).enter(NOON) is None


def test_lanes_take_turns_and_each_has_few_senders() -> None:
    lanes = WebhookLanes(32)
    lanes.add(["a", "b", "c"])
    assert names(turns(lanes)) == "abcabc"


def test_a_sender_that_leaves_makes_room_in_its_lane() -> None:
    lanes = WebhookLanes(32)
    lanes.add(["a", "b"])
    first, *_ = turns(lanes)
    lanes.leave(first)
    assert names(turns(lanes)) == "a"


def test_a_receiver_that_answers_gets_more_at_once() -> None:
    lanes = WebhookLanes(32)
    lanes.add(["a", "b"])
    prove(lanes, "b")
    assert sorted(names(turns(lanes))) == ["a"] * 2 + ["b"] * 4


def test_a_lane_with_nothing_due_is_out_until_the_next_sign() -> None:
    lanes = WebhookLanes(32)
    lanes.add(["a", "b"])
    [turn] = turns(lanes, 1)
    lanes.is_empty(turn)
    lanes.leave(turn)
    assert names(turns(lanes)) == "bb"
    lanes.add(["a"])
    assert names(turns(lanes)) == "aa"


def test_a_sign_that_comes_during_a_turn_is_not_lost() -> None:
    lanes = WebhookLanes(32)
    lanes.add(["a"])
    [turn] = turns(lanes, 1)
    lanes.add(["a"])
    lanes.is_empty(turn)
    lanes.leave(turn)
    assert names(turns(lanes, 1)) == "a"


def test_a_paused_lane_has_no_turn_until_it_is_found_due_after_the_pause() -> None:
    lanes = WebhookLanes(32)
    lanes.add(["a", "b"])
    prove(lanes, "a", AWAY, LaneRules().failures)
    assert lanes.is_paused("a", NOON)
    assert names(turns(lanes)) == "bb"
    assert not lanes.is_paused("a", NOON + 30 * SECOND)
    lanes.add(["a"])
    assert names(turns(lanes, seconds=30)) == "a"


def test_strangers_leave_room_for_receivers_that_answer() -> None:
    lanes = WebhookLanes(8)
    lanes.add(f"{number}.dead.example" for number in range(500))
    assert len(turns(lanes)) == 6
    prove(lanes, "known")
    lanes.add(["known"])
    assert [turn.lane for turn in turns(lanes)] == ["known"] * 4


def test_owners_take_turns_however_many_hosts_one_of_them_names() -> None:
    lanes = WebhookLanes(8)
    lanes.add(f"greedy@{number}.dead.example" for number in range(500))
    lanes.add(["default@a", "modest@a", "other@b"])
    begun = [turn.lane for turn in turns(lanes)]
    assert begun[1:4] == ["default@a", "modest@a", "other@b"]
    lanes.add(["late@b"])
    for lane in begun:
        lanes.leave(Turn(lane, is_proven=False, number=0))
    assert "late@b" in [turn.lane for turn in turns(lanes)]


def test_dead_hosts_of_an_owner_leave_room_for_another_owner_s_new_receiver() -> None:
    lanes = WebhookLanes(16)
    lanes.add(f"greedy@{number}.dead.example" for number in range(500))
    begun = turns(lanes)
    assert len(begun) == 8
    lanes.add(["late@b"])
    assert [turn.lane for turn in turns(lanes)] == ["late@b"] * 2
    prove(lanes, "greedy@known")
    lanes.add(["greedy@known"])
    assert [turn.lane for turn in turns(lanes)] == ["greedy@known"] * 4
    lanes.leave(begun[0])
    assert len(turns(lanes)) == 1


def test_receivers_that_answer_leave_room_for_strangers() -> None:
    lanes = WebhookLanes(8)
    for number in range(9):
        prove(lanes, str(number))
    lanes.add(map(str, range(9)))
    assert len(turns(lanes)) == 6
    lanes.add(["new"])
    assert [turn.lane for turn in turns(lanes)] == ["new", "new"]


def test_a_lane_changes_its_standing_while_it_waits() -> None:
    lanes = WebhookLanes(4)
    lanes.add("abcd")
    prove(lanes, "d")
    assert names(turns(lanes)) == "dadbdc"
    prove(lanes, "d", AWAY)
    assert turns(lanes) == []


def test_one_sender_serves_every_lane() -> None:
    lanes = WebhookLanes(1)
    lanes.add("ab")
    assert names(turns(lanes)) == "a"


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_lanes, "_MOST_LANES", 3)
    lanes = WebhookLanes(99)
    lanes.add(f"o@{host}" for host in "abcdeab")
    assert [turn.lane for turn in turns(lanes, 4)] == ["o@a", "o@b", "o@c", "o@a"]
    for lane in "abcd":
        prove(lanes, lane, AWAY, 5)
    assert [lanes.is_paused(lane, NOON) for lane in "abcd"] == [False, True, True, True]


@pytest.mark.parametrize("end", ["add", "leave", "has_more", "close"])
def test_a_sign_a_leaving_sender_and_the_end_end_a_wait(end: str) -> None:
    lanes = WebhookLanes(9)
    lanes.add(["a"])
    [turn] = turns(lanes, 1)
    lanes.is_empty(turn)
    ends: dict[str, Callable[[], None]] = {
        "add": lambda: lanes.add(["a"]),
        "leave": lambda: lanes.leave(turn),
        "has_more": lanes.has_more,
        "close": lanes.close,
    }
    thread = threading.Thread(target=lanes.wait, args=(NOON, 60))
    thread.start()
    while thread.is_alive():
        ends[end]()
        thread.join(0.01)


def test_there_is_no_wait_while_a_lane_has_a_turn_and_none_after_the_end() -> None:
    lanes = WebhookLanes(9)
    lanes.add(["a"])
    lanes.wait(NOON, 60)
    lanes.close()
    lanes.wait(NOON, 60)
    assert lanes.enter(NOON) is None
