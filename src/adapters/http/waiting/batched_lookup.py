"""Batched lookup: one database query reads the predictions of many requests."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from adapters.http.requests.request_batching import RequestBatcher
from domain.errors import PredictionNotFound
from domain.prediction import Prediction

LookUp = Callable[[Sequence[UUID]], Iterable[Prediction]]

# One reads while the next requests collect; more threads would only make the batches smaller.
_THREADS = 2
# A query for so many takes a few milliseconds.
_MAX_BATCH = 256


class BatchedLookup:
    """Collects lookups while another query is running and answers them with one query.

    Args:
        look_up: reads the predictions with these uuids; unknown ones are left out. Runs in a thread.
    """

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._reads: RequestBatcher[UUID, Prediction] = RequestBatcher(
            self._find, "lookup", threads=_THREADS, max_batch=_MAX_BATCH
        )

    async def get(self, uuid: UUID) -> Prediction:
        """Read the prediction, with everything that was committed before this call.

        Raises:
            PredictionNotFound: it does not exist.
            DatabaseUnavailable: the database cannot be reached.
        """
        return await self._reads.ask(uuid)

    def _find(self, uuids: Sequence[UUID]) -> list[Prediction | Exception]:
        found = {prediction.uuid: prediction for prediction in self._look_up(list(dict.fromkeys(uuids)))}
        return [found.get(uuid) or PredictionNotFound() for uuid in uuids]
