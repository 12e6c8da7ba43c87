"""Memory for decoding, shared by threads."""

import threading
import time
from collections.abc import Callable

import pytest

from adapters.vision.pixels.memory_budget import MemoryBudget


class Holder:
    """A thread that holds a part of a budget until it is told to let go."""

    def __init__(self, budget: MemoryBudget, weight: int) -> None:
        self.has, self.let_go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, args=(budget, weight), daemon=True)
        self._thread.start()

    def _hold(self, budget: MemoryBudget, weight: int) -> None:
        with budget.hold(weight):
            self.has.set()
            self.let_go.wait(20)

    def end(self) -> None:
        self.let_go.set()
        self._thread.join(20)


def stays_false(condition: Callable[[], bool]) -> bool:
    time.sleep(0.1)
    return not condition()


def test_holders_have_no_more_than_there_is() -> None:
    budget = MemoryBudget(100)
    first, second = Holder(budget, 60), Holder(budget, 40)
    assert first.has.wait(20)
    assert second.has.wait(20)
    third = Holder(budget, 1)
    assert stays_false(third.has.is_set)
    second.end()
    assert third.has.wait(20)
    first.end()
    third.end()


def test_a_heavy_one_is_not_overtaken() -> None:
    budget = MemoryBudget(100)
    first = Holder(budget, 60)
    assert first.has.wait(20)
    heavy = Holder(budget, 100)
    assert stays_false(heavy.has.is_set)
    light = Holder(budget, 1)
    assert stays_false(light.has.is_set)
    first.end()
    assert heavy.has.wait(20)
    assert not light.has.is_set()
    heavy.end()
    assert light.has.wait(20)
    light.end()


def test_one_that_is_heavier_than_all_has_all() -> None:
    budget = MemoryBudget(100)
    with budget.hold(1000):
        other = Holder(budget, 1)
        assert stays_false(other.has.is_set)
    assert other.has.wait(20)
    other.end()


def test_an_error_gives_it_back() -> None:
    budget = MemoryBudget(100)
    for _ in range(3):
        with pytest.raises(ValueError, match="damaged"), budget.hold(80):
            raise ValueError("damaged")
