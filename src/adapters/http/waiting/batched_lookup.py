"""Batched lookup: one database query reads the predictions of many requests."""

from collections.abc import Callable, Collection, Iterable, Sequence

from adapters.http.requests.request_batching import RequestBatcher
from application.ports.database.predictions import OwnedUuid
from domain.errors import PredictionNotFound
from domain.prediction import Prediction

LookUp = Callable[[Collection[OwnedUuid]], Iterable[Prediction]]

# One reads while the next requests collect; more threads would only make the batches smaller.
_THREADS = 2
# A query for so many takes a few milliseconds.
_MAX_BATCH = 256


class BatchedLookup:
    """Collects lookups while another query is running and answers them with one query.

    Args:
        look_up: reads predictions of several owners; unknown ones are left out. Runs in a thread.
    """

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._reads: RequestBatcher[OwnedUuid, Prediction] = RequestBatcher(
            self._find, "lookup", threads=_THREADS, max_batch=_MAX_BATCH
        )

    async def get(self, wanted: OwnedUuid) -> Prediction:
        """Read the prediction, with everything that was committed before this call.

        Raises:
            PredictionNotFound: it does not exist, or has another owner.
            DatabaseUnavailable: the database cannot be reached.
        """
        return await self._reads.ask(wanted)

    def _find(self, wanted: Sequence[OwnedUuid]) -> list[Prediction | Exception]:
        found = {OwnedUuid(p.owner, p.uuid): p for p in self._look_up(set(wanted))}
        return [found.get(each) or PredictionNotFound() for each in wanted]
