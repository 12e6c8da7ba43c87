"""Waiting for results: news that wake a waiter, reads that many share, and the events of a stream."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest

from adapters.http.waiting.batched_lookup import BatchedLookup
from adapters.http.waiting.long_polling import ResultWaiters
from adapters.http.waiting.server_sent_events import stream_events
from adapters.memory import MemoryCompletionFeed, MemoryUnitOfWork
from adapters.memory.classifier import labels
from application.look_up.get_prediction import GetPrediction
from application.ports.database.predictions import OwnedUuid
from domain.access.owner import DEFAULT_OWNER
from domain.errors import DatabaseUnavailable, PredictionNotFound
from domain.prediction import Prediction
from tests.contracts.unit_of_work import keep
from tests.harness.builders import NOON, a_prediction

T = TypeVar("T")


def own(number: int) -> OwnedUuid:
    return OwnedUuid(DEFAULT_OWNER, UUID(int=number))


class World:
    """Predictions that change while somebody waits; counts the reads."""

    def __init__(self, count: int = 1) -> None:
        self.unit_of_work, self.feed = MemoryUnitOfWork(), MemoryCompletionFeed()
        self.reads: list[int] = []
        self.announces = True
        self.waiting = ResultWaiters(BatchedLookup(self.look_up))
        self.feed.listen(self.waiting.notify)
        keep(self.unit_of_work, *(a_prediction(number) for number in range(1, count + 1)))

    def look_up(self, wanted: Collection[OwnedUuid]) -> Iterable[Prediction]:
        self.reads.append(len(wanted))
        return GetPrediction(unit_of_work=self.unit_of_work).execute(wanted)

    def start(self, *numbers: int) -> None:
        self._change(numbers, lambda p: p.start(NOON, timedelta(minutes=1), "squeezenet1_0"))

    def finish(self, *numbers: int) -> None:
        self._change(numbers, lambda p: p.succeed(p.attempts, labels("dogsled"), NOON))

    def _change(self, numbers: Sequence[int], change: Callable[[Prediction], None]) -> None:
        with self.unit_of_work.begin() as tx:
            found = tx.predictions.lock([UUID(int=number) for number in numbers])
            for prediction in found:
                change(prediction)
            tx.predictions.save(found)
            tx.commit()
        if self.announces:
            self.feed.announce(found)


def run(story: Callable[[], Awaitable[T]]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(20):
            return await story()

    return asyncio.run(bounded())


def test_a_result_wakes_whoever_waits_for_it() -> None:
    world = World(2)

    async def story() -> Prediction:
        waiter = asyncio.create_task(world.waiting.wait_until_final(own(1), 60))
        await asyncio.sleep(0.02)
        await asyncio.to_thread(world.start, 1, 2)
        await asyncio.to_thread(world.finish, 2)
        await asyncio.sleep(0.02)
        assert not waiter.done()
        await asyncio.to_thread(world.finish, 1)
        return await waiter

    assert run(story).status == "succeeded"
    # One look to begin with and one at the news of the end: those in between were not its business.
    assert world.reads == [1, 1]


def test_when_the_time_is_over_the_state_is_told_as_it_is() -> None:
    world = World()
    world.start(1)
    assert run(lambda: world.waiting.wait_until_final(own(1), 0.02)).status == "processing"


def test_what_became_final_before_the_wait_began_is_not_missed() -> None:
    world = World()

    async def story() -> Prediction:
        world.waiting.start()
        submitted = a_prediction(1)
        await asyncio.to_thread(world.start, 1)
        await asyncio.to_thread(world.finish, 1)
        await asyncio.sleep(0.02)
        return await world.waiting.wait_until_final(own(1), 60, submitted)

    assert run(story).status == "succeeded"


def test_news_that_got_lost_are_found_by_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.http.waiting.long_polling._POLL_SECONDS", 0.05)
    world = World()

    async def story() -> Prediction:
        waiter = asyncio.create_task(world.waiting.wait_until_final(own(1), 60))
        await asyncio.sleep(0.02)
        world.announces = False
        await asyncio.to_thread(world.start, 1)
        await asyncio.to_thread(world.finish, 1)
        return await waiter

    assert run(story).status == "succeeded"


def test_an_unknown_prediction_is_not_waited_for() -> None:
    with pytest.raises(PredictionNotFound):
        run(lambda: World().waiting.wait_until_final(own(9), 60))


def test_a_stopping_server_lets_everybody_go() -> None:
    world = World(2)

    async def story() -> list[Prediction]:
        waiters = [asyncio.create_task(world.waiting.wait_until_final(own(n), 60)) for n in (1, 2)]
        await asyncio.sleep(0.02)
        await asyncio.to_thread(world.waiting.close)
        late = asyncio.create_task(world.waiting.wait_until_final(own(1), 60))
        return await asyncio.gather(*waiters, late)

    assert [prediction.status for prediction in run(story)] == ["queued"] * 3


def test_two_thousand_wait_and_wake_together_with_a_few_reads_and_no_threads() -> None:
    count = 2000
    world = World(count)

    async def story() -> None:
        waiters = [asyncio.create_task(world.waiting.wait_until_final(own(n), 60)) for n in range(1, count + 1)]
        while sum(world.reads) < count:
            await asyncio.sleep(0.01)
        world.reads.clear()
        await asyncio.to_thread(world.start, *range(1, count + 1))
        await asyncio.to_thread(world.finish, *range(1, count + 1))
        found = await asyncio.gather(*waiters)
        assert {prediction.status for prediction in found} == {"succeeded"}

    run(story)
    assert sum(world.reads) == count
    assert len(world.reads) < count / 10  # on a busy machine the news come in several parts


def test_what_is_asked_for_meanwhile_is_read_together() -> None:
    world = World(100)

    async def story() -> list[Prediction]:
        return await asyncio.gather(*(world.waiting.lookup.get(own(1 + n % 100)) for n in range(300)))

    assert len(run(story)) == 300
    assert sum(world.reads) <= 200
    assert len(world.reads) <= 3


def test_a_database_that_is_away_is_everybodys_problem_and_the_next_read_is_a_new_one() -> None:
    answers: list[Exception | list[Prediction]] = [DatabaseUnavailable(), [a_prediction(1)]]

    def look_up(_wanted: Collection[OwnedUuid]) -> Iterable[Prediction]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def story() -> Prediction:
        lookup = BatchedLookup(look_up)
        both = await asyncio.gather(*(lookup.get(own(1)) for _ in range(2)), return_exceptions=True)
        assert [type(error) for error in both] == [DatabaseUnavailable] * 2
        return await lookup.get(own(1))

    assert run(story) == a_prediction(1)


def test_whoever_goes_away_takes_nobody_along() -> None:
    world = World()

    async def story() -> Prediction:
        first = asyncio.create_task(world.waiting.lookup.get(own(1)))
        second = asyncio.create_task(world.waiting.lookup.get(own(1)))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert run(story) == a_prediction(1)


def test_events_tell_every_state_that_is_seen_and_end_with_the_final_one() -> None:
    world = World()

    async def story() -> list[bytes]:
        told, then = [], [world.start, world.finish]
        async for event in stream_events(a_prediction(1), "", world.waiting):
            told.append(event)
            if then:
                await asyncio.to_thread(then.pop(0), 1)
        return told

    told = run(story)
    assert [event.split(b"\n")[0] for event in told] == [b"event: queued", b"event: processing", b"event: succeeded"]
    assert [event.split(b"\n")[1] for event in told] == [b"id: 0-queued", b"id: 1-processing", b"id: 1-succeeded"]
    assert b'"prediction":"dogsled"' in told[-1]
    assert all(event.endswith(b"\n\n") for event in told)


def test_a_silent_stream_is_kept_alive_and_ends_when_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.http.waiting.server_sent_events.KEEP_ALIVE_SECONDS", 0.02)
    world = World()

    async def story() -> list[bytes]:
        told = []
        async for event in stream_events(a_prediction(1), "0-queued", world.waiting):
            told.append(event)
            if len(told) == 2:
                world.waiting.close()
        return told

    assert set(run(story)) == {b": keep-alive\n\n"}
