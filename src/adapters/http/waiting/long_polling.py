"""Long polling: requests wait for a prediction in the event loop, without a thread each."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from adapters.http.waiting.batched_lookup import BatchedLookup
from adapters.http.waiting.places import WaitingPlaces
from application.ports.database.predictions import OwnedUuid
from domain.prediction import Prediction
from domain.prediction_state import StateChange

# A notification can get lost, for example with the broker: waiting requests read the database this often.
_POLL_SECONDS = 5.0
# Number of recently finished predictions to remember, for requests that begin to wait a moment later.
_MAX_FINISHED = 4096


class ResultWaiters:
    """Wakes waiting requests when the state of their prediction changes.

    Args:
        lookup: reads predictions.
        places: for requests and streams that wait.
    """

    def __init__(self, lookup: BatchedLookup, places: WaitingPlaces | None = None) -> None:
        self.lookup = lookup
        self.places = places or WaitingPlaces()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watches: defaultdict[UUID, list[Watch]] = defaultdict(list)
        self._finished: dict[UUID, None] = {}
        self._closed = False

    def notify(self, changes: Sequence[StateChange]) -> None:
        """Wake the requests that wait for these predictions. Thread-safe."""
        if (loop := self._loop) and not loop.is_closed():
            loop.call_soon_threadsafe(self._notify, changes)

    def start(self) -> None:
        """Remember finished predictions from now on. To be called in the event loop, before a picture is submitted."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Wake all waiting requests and let none wait again, because the server stops. Thread-safe."""
        self._closed = True
        if (loop := self._loop) and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake_all)

    @property
    def is_closed(self) -> bool:
        """True after `close`: requests no longer wait."""
        return self._closed

    @contextmanager
    def watch(self, uuid: UUID) -> Iterator["Watch"]:
        """Watch the changes of a prediction while the context lasts."""
        self.start()
        watch = Watch()
        self._watches[uuid].append(watch)
        try:
            yield watch
        finally:
            self._watches[uuid].remove(watch)
            if not self._watches[uuid]:
                del self._watches[uuid]

    async def wait_until_final(self, wanted: OwnedUuid, seconds: float, known: Prediction | None = None) -> Prediction:
        """Return the prediction as soon as it is final, or as it is when the time is over.

        Args:
            wanted: its owner and uuid.
            seconds: maximum time to wait; where all places are taken, it is 0.
            known: the prediction as it was submitted, after `start`; spares the first read.

        Raises:
            PredictionNotFound: it does not exist, has another owner, or was deleted.
            DatabaseUnavailable: the database cannot be reached.
        """
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + (0.0 if self.places.waits.are_taken else seconds)
        with self.places.waits.one(), self.watch(wanted.uuid) as watch:
            prediction = await self.lookup.get(wanted) if known is None or wanted.uuid in self._finished else known
            while not (prediction.status.is_final or self._closed) and (left := ends_at - loop.time()) > 0:
                await watch.wait(min(left, _POLL_SECONDS), only_final=True)
                prediction = await self.lookup.get(wanted)
        return prediction

    def _notify(self, changes: Sequence[StateChange]) -> None:
        for change in changes:
            if change.status.is_final:
                self._finished[change.uuid] = None
            for watch in self._watches.get(change.uuid, ()):
                watch.notify(final=change.status.is_final)
        while len(self._finished) > _MAX_FINISHED:
            del self._finished[next(iter(self._finished))]

    def _wake_all(self) -> None:
        for watches in self._watches.values():
            for watch in watches:
                watch.notify(final=True)


class Watch:
    """The wait of one request for changes of one prediction."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._only_final = False

    def notify(self, *, final: bool) -> None:
        """Wake the request, unless it waits only for a final state and this is none."""
        if final or not self._only_final:
            self._changed.set()

    async def wait(self, seconds: float, *, only_final: bool = False) -> bool:
        """Wait for a change since the last wait; False if the time is over before there is one."""
        self._only_final = only_final
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True
