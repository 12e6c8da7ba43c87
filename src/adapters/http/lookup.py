"""Reading predictions for many requests at once."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from uuid import UUID

from domain.errors import PredictionNotFound
from domain.prediction import Prediction

LookUp = Callable[[Sequence[UUID]], Iterable[Prediction]]

# One reads while the next ones gather; more would only make each of their reads smaller.
_THREADS = 2
# A query for so many takes a few milliseconds.
_MOST_AT_ONCE = 256


class SharedLookup:
    """Reads together what is asked for while another read is under way.

    Nobody waits for others to ask, so a lone request pays nothing; a thousand at once cost a few queries, and no
    thread each. To be used within one event loop at a time.

    Args:
        look_up: reads the predictions with these uuids; unknown ones are left out. Runs in a thread.
    """

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(_THREADS, "lookup")
        self._asked: dict[UUID, asyncio.Future[Prediction]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def get(self, uuid: UUID) -> Prediction:
        """The prediction as it was committed when the read began, which is after this was called.

        Raises:
            PredictionNotFound: there is none.
            DatabaseUnavailable: the database cannot be reached.
        """
        future = self._asked.get(uuid)
        if future is None:
            future = self._asked[uuid] = asyncio.get_running_loop().create_future()
            if len(self._reading) < _THREADS:
                self._start_reading()
        # Others may wait for the same read: it must not end with this request.
        return await asyncio.shield(future)

    def _start_reading(self) -> None:
        task = asyncio.create_task(self._read_all())
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read_all(self) -> None:
        while asked := dict(islice(self._asked.items(), _MOST_AT_ONCE)):
            for uuid in asked:
                del self._asked[uuid]
            await self._read(asked)

    async def _read(self, asked: dict[UUID, "asyncio.Future[Prediction]"]) -> None:
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, self._find, list(asked))
        except Exception as error:
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # whoever asked may be gone: that is no reason for a warning
            return
        for uuid, future in asked.items():
            if uuid in found:
                future.set_result(found[uuid])
            else:
                future.set_exception(PredictionNotFound())
                future.exception()

    def _find(self, uuids: Sequence[UUID]) -> dict[UUID, Prediction]:
        return {prediction.uuid: prediction for prediction in self._look_up(uuids)}
