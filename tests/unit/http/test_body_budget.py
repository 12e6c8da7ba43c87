"""Bodies of many requests share a limited memory."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.requests import Request

from adapters.http.requests.body_budget import BodyBudget
from adapters.http.requests.http_limits import HttpLimits
from adapters.http.requests.request_bodies import RequestBodies
from adapters.http.requests.request_errors import BodyTooLarge, ReceiveTimeout, TooManyBodies
from adapters.http.responses.paced_response import PacedResponse

# Small limits: a body has up to 2,000 bytes, all together 4,000 (which the smallest batch body needs not).
MAX_BODY = 2000
MAX_BODIES = 4000


def test_a_share_is_given_back() -> None:
    budget = BodyBudget(100)
    share = budget.share()
    share.grow(60)
    share.grow(40)
    assert budget.held == 100

    for _ in range(2):
        share.give_back()
        assert budget.held == 0


def test_what_does_not_fit_is_refused() -> None:
    budget = BodyBudget(100)
    first, second = budget.share(), budget.share()

    first.grow(60)
    with pytest.raises(TooManyBodies):
        second.grow(41)
    second.grow(40)


def test_the_largest_body_gives_way_to_a_smaller_one() -> None:
    budget, gone = BodyBudget(100), list[str]()
    small, large, new = budget.share(), budget.share(), budget.share()
    small.give_way, large.give_way = (lambda: gone.append("small")), (lambda: gone.append("large"))
    small.grow(10)
    large.grow(90)

    new.grow(20)

    assert (gone, budget.held, large.is_displaced) == (["large"], 30, True)
    with pytest.raises(TooManyBodies):
        large.grow(1)
    with pytest.raises(TooManyBodies):
        new.grow(90)
    assert gone == ["large"]
    for share in (small, large, new):
        share.give_back()
    assert budget.held == 0


def bodies() -> RequestBodies:
    received = RequestBodies(HttpLimits())
    received.budget = BodyBudget(MAX_BODIES)
    return received


def request(*pieces: bytes, ends: bool = True, pause: float = 0.0) -> Request:
    """A request that sends these pieces, and then nothing."""
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause)
        if not left:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or not ends}

    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


async def size(received: RequestBodies, one: Request) -> int:
    async with received.received(one, MAX_BODY, BodyTooLarge()) as body:
        return len(body)


def test_unfinished_bodies_give_way_to_one_that_arrives() -> None:
    async def story() -> tuple[list[Any], int]:
        received = bodies()
        unfinished = [asyncio.create_task(size(received, request(bytes(900), ends=False))) for _ in range(5)]
        await asyncio.sleep(0.01)
        arrived = await size(received, request(bytes(300), bytes(300)))
        await asyncio.sleep(0.01)
        for task in unfinished:
            task.cancel()
        return list(await asyncio.gather(*unfinished, return_exceptions=True)), arrived + received.budget.held

    ends, arrived = asyncio.run(story())
    assert arrived == 600
    assert [type(end) for end in ends].count(TooManyBodies) == 2  # the fifth, and one that gave way


def test_a_body_that_was_received_does_not_give_way() -> None:
    async def story() -> None:
        received = bodies()
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await stack.enter_async_context(received.received(request(bytes(2000)), MAX_BODY, BodyTooLarge()))
            await size(received, request(bytes(10)))

    with pytest.raises(TooManyBodies):
        asyncio.run(story())


def test_a_body_that_drips_is_given_up_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.http.requests.request_bodies._FIRST_SECONDS", 0.05)

    with pytest.raises(ReceiveTimeout):
        asyncio.run(size(bodies(), request(*[b"a"] * 50, pause=0.01)))


def test_a_body_that_is_slow_but_fast_enough_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.http.requests.request_bodies._FIRST_SECONDS", 0.05)

    assert asyncio.run(size(bodies(), request(*[bytes(100)] * 10, pause=0.02))) == 1000


@pytest.mark.parametrize("length", [100, 1_000_000])
def test_a_body_is_parsed_on_the_spot_or_in_a_thread(length: int) -> None:
    def refuse() -> None:
        raise BodyTooLarge

    async def story(parse: Callable[[], Any]) -> Any:
        return await bodies().parse(parse, length)

    assert asyncio.run(story(lambda: 1)) == 1
    with pytest.raises(BodyTooLarge):
        asyncio.run(story(refuse))


def test_an_answer_waits_for_a_client_that_does_not_read() -> None:
    taken: list[int] = []

    async def story() -> int:
        budget, reads = BodyBudget(1_000_000), asyncio.Event()

        async def send(message: Any) -> None:
            taken.append(len(message.get("body", b"")))
            if len(taken) == 3:
                await reads.wait()

        response = PacedResponse(bytes(500_000)).within(budget)
        sending = asyncio.create_task(response({"type": "http"}, _nothing, send))
        await asyncio.sleep(0.01)
        assert (len(taken), budget.held) == (3, 500_000)
        with pytest.raises(TooManyBodies):
            await PacedResponse(bytes(600_000)).within(budget)({"type": "http"}, _nothing, send)
        reads.set()
        await sending
        return budget.held

    assert asyncio.run(story()) == 0
    assert sum(taken) == 500_000


async def _nothing() -> Any:
    raise AssertionError
