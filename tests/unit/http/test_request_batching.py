"""Answering many requests at once."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from adapters.http.requests.request_batching import RequestBatcher

# Nothing here takes long; a question that nobody answers would take for ever.
_PATIENCE_SECONDS = 20.0


class Oracle:
    """Doubles numbers, and remembers which came together; -1 is refused, and -2 ends everything."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, questions: Sequence[int]) -> list[int | Exception]:
        self.may_answer.wait(_PATIENCE_SECONDS)
        self.groups.append(list(questions))
        if -2 in questions:
            raise RuntimeError("away")
        return [ValueError("negative") if question == -1 else 2 * question for question in questions]


def batcher(oracle: Oracle, *, threads: int = 1, max_batch: int = 100, rounds: int = 0) -> RequestBatcher[int, int]:
    return RequestBatcher(oracle, "oracle", threads=threads, max_batch=max_batch, rounds=rounds)


def test_who_asks_while_others_are_answered_is_answered_with_those_who_do_too() -> None:
    async def ask() -> list[int]:
        group = batcher(oracle)
        oracle.may_answer.clear()
        first = asyncio.create_task(group.ask(1))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(group.ask(number)) for number in range(2, 6)]
        await asyncio.sleep(0)
        oracle.may_answer.set()
        return await asyncio.gather(first, *others)

    oracle = Oracle()
    assert asyncio.run(ask()) == [2, 4, 6, 8, 10]
    assert oracle.groups == [[1], [2, 3, 4, 5]]


def test_no_call_has_more_than_it_may() -> None:
    async def ask() -> list[int]:
        group = batcher(oracle, max_batch=3)
        return await asyncio.gather(*(group.ask(number) for number in range(8)))

    oracle = Oracle()
    assert asyncio.run(ask()) == [2 * number for number in range(8)]
    assert [len(group) for group in oracle.groups] == [3, 3, 2]


@pytest.mark.parametrize(("rounds", "groups"), [(0, [[1], [2, 3]]), (4, [[1, 2, 3]])])
def test_what_is_about_to_be_asked_comes_along(rounds: int, groups: list[list[int]]) -> None:
    async def ask_after(turns: int, group: RequestBatcher[int, int], number: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await group.ask(number)

    async def ask() -> tuple[int, ...]:
        group = batcher(oracle, rounds=rounds)
        return await asyncio.gather(group.ask(1), ask_after(2, group, 2), ask_after(2, group, 3))

    oracle = Oracle()
    assert list(asyncio.run(ask())) == [2, 4, 6]
    assert oracle.groups == groups


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("rounds", [0, 4])
def test_who_asks_at_the_moment_of_an_answer_is_answered_too(threads: int, rounds: int) -> None:
    async def one_after_the_other(group: RequestBatcher[int, int]) -> list[int]:
        return [await group.ask(number) for number in range(50)]

    async def ask() -> list[list[int]]:
        group = batcher(Oracle(), threads=threads, rounds=rounds)
        asking = asyncio.gather(*(one_after_the_other(group) for _ in range(threads)))
        return await asyncio.wait_for(asking, _PATIENCE_SECONDS)

    assert asyncio.run(ask()) == [[2 * number for number in range(50)]] * threads


def test_a_refusal_is_the_answer_of_one_alone() -> None:
    async def ask() -> tuple[int | BaseException, ...]:
        group = batcher(Oracle(), rounds=1)
        return await asyncio.gather(group.ask(1), group.ask(-1), group.ask(3), return_exceptions=True)

    one, refused, three = asyncio.run(ask())
    assert (one, str(refused), three) == (2, "negative", 6)


def test_a_call_that_fails_fails_for_all_who_asked_and_nobody_after_them() -> None:
    async def ask() -> list[int | BaseException]:
        group = batcher(Oracle(), rounds=1)
        failed = await asyncio.gather(group.ask(1), group.ask(-2), return_exceptions=True)
        return [*failed, await group.ask(5)]

    first, second, later = asyncio.run(ask())
    assert (str(first), str(second), later) == ("away", "away", 10)


def test_who_is_gone_is_not_missed() -> None:
    async def ask() -> int:
        group = batcher(oracle)
        oracle.may_answer.clear()
        gone = asyncio.create_task(group.ask(1))
        await asyncio.sleep(0.05)
        gone.cancel()
        oracle.may_answer.set()
        return await group.ask(2)

    oracle = Oracle()
    assert asyncio.run(ask()) == 4
