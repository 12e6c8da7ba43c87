"""Those who wait for predictions: a few objects each, and no thread."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from adapters.http.waiting.batched_lookup import BatchedLookup
from domain.prediction import Prediction
from domain.prediction_state import StateChange

# News can get lost, with the broker for one: whoever waits looks for itself so often.
_LOOK_SECONDS = 5.0
# What became final lately, so that it is not missed by a request that begins to wait a moment later.
_REMEMBERED = 4096


class ResultWaiters:
    """Wakes whoever waits when there is news of a prediction.

    Args:
        lookup: reads predictions.
    """

    def __init__(self, lookup: BatchedLookup) -> None:
        self.lookup = lookup
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watches: defaultdict[UUID, list[Watch]] = defaultdict(list)
        self._finished: dict[UUID, None] = {}
        self._closed = False

    def heard(self, changes: Sequence[StateChange]) -> None:
        """There is news; for any thread."""
        if (loop := self._loop) and not loop.is_closed():
            loop.call_soon_threadsafe(self._tell, changes)

    def begin(self) -> None:
        """Remember what becomes final from now on. To be called in the event loop, before a picture is submitted."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Wake everybody, and let nobody wait again: the server is about to stop. For any thread."""
        self._closed = True
        if (loop := self._loop) and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake_all)

    @property
    def is_closed(self) -> bool:
        """Whether nobody may wait any longer."""
        return self._closed

    @contextmanager
    def watch(self, uuid: UUID) -> Iterator["Watch"]:
        """Hear of the prediction while the context lasts."""
        self.begin()
        watch = Watch()
        self._watches[uuid].append(watch)
        try:
            yield watch
        finally:
            self._watches[uuid].remove(watch)
            if not self._watches[uuid]:
                del self._watches[uuid]

    async def final(self, uuid: UUID, seconds: float, known: Prediction | None = None) -> Prediction:
        """The prediction as soon as it is final, or as it is when the time is over.

        Args:
            uuid: of the prediction.
            seconds: to wait at most.
            known: the prediction as it was submitted, after `begin`: then it need not be read to begin with.

        Raises:
            PredictionNotFound: there is none, or no longer.
            DatabaseUnavailable: the database cannot be reached.
        """
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        with self.watch(uuid) as watch:
            prediction = await self.lookup.get(uuid) if known is None or uuid in self._finished else known
            while not (prediction.status.is_final or self._closed) and (left := ends_at - loop.time()) > 0:
                await watch.wait(min(left, _LOOK_SECONDS), only_final=True)
                prediction = await self.lookup.get(uuid)
        return prediction

    def _tell(self, changes: Sequence[StateChange]) -> None:
        for change in changes:
            if change.status.is_final:
                self._finished[change.uuid] = None
            for watch in self._watches.get(change.uuid, ()):
                watch.hear(final=change.status.is_final)
        while len(self._finished) > _REMEMBERED:
            del self._finished[next(iter(self._finished))]

    def _wake_all(self) -> None:
        for watches in self._watches.values():
            for watch in watches:
                watch.hear(final=True)


class Watch:
    """One who waits for news of one prediction."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._only_final = False

    def hear(self, *, final: bool) -> None:
        """There is news; wakes whoever waits for this kind."""
        if final or not self._only_final:
            self._news.set()

    async def wait(self, seconds: float, *, only_final: bool = False) -> bool:
        """Wait for news since the last wait; whether there were any before the time was over."""
        self._only_final = only_final
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True
