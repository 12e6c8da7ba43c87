"""The parts of a process."""

import threading

import pytest

from adapters.lifecycle.part import BackgroundFailed, Part, Parts


class Recorded(Part):
    name = ""
    failure: BaseException | None = None

    def __init__(self, name: str, events: list[str], failure: Exception | None = None) -> None:
        self.name = name
        self.failure = failure
        self._events = events

    def start(self) -> None:
        self._events.append(f"start {self.name}")

    def stop(self) -> None:
        self._events.append(f"stop {self.name}")


class Unstoppable(Recorded):
    def stop(self) -> None:
        raise ArithmeticError


def test_parts_start_in_order_and_stop_in_reverse() -> None:
    stopping, events = threading.Event(), list[str]()
    recorded = [Recorded("queue", events), Recorded("engine", events)]
    parts = Parts(stopping, lambda: events.append("close database"), recorded)
    parts.start()
    assert not stopping.is_set()
    parts.stop()
    assert stopping.is_set()
    assert events == ["start queue", "start engine", "stop engine", "stop queue", "close database"]


def test_a_part_that_cannot_be_stopped_does_not_keep_the_others_running(caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []
    parts = [Recorded("queue", events), Unstoppable("engine", events)]
    Parts(threading.Event(), lambda: events.append("closed"), parts).stop()
    assert events == ["stop queue", "closed"]
    assert caplog.messages == ["a part did not stop cleanly"]


def test_health_names_the_parts_that_fail() -> None:
    parts = [Recorded("queue", []), Recorded("webhooks", [], ArithmeticError())]
    Parts(threading.Event(), lambda: None, parts[:1]).check()
    with pytest.raises(BackgroundFailed, match="webhooks"):
        Parts(threading.Event(), lambda: None, parts).check()
