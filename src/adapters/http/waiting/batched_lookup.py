"""Reading predictions for many requests at once."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from adapters.http.requests.request_batching import RequestBatcher
from domain.errors import PredictionNotFound
from domain.prediction import Prediction

LookUp = Callable[[Sequence[UUID]], Iterable[Prediction]]

# One reads while the next ones gather; more would only make each of their reads smaller.
_THREADS = 2
# A query for so many takes a few milliseconds.
_MOST_AT_ONCE = 256


class BatchedLookup:
    """Reads together what is asked for while another read is under way.

    Args:
        look_up: reads the predictions with these uuids; unknown ones are left out. Runs in a thread.
    """

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._reads: RequestBatcher[UUID, Prediction] = RequestBatcher(
            self._find, "lookup", threads=_THREADS, most=_MOST_AT_ONCE
        )

    async def get(self, uuid: UUID) -> Prediction:
        """The prediction as it was committed when the read began, which is after this was called.

        Raises:
            PredictionNotFound: there is none.
            DatabaseUnavailable: the database cannot be reached.
        """
        return await self._reads.ask(uuid)

    def _find(self, uuids: Sequence[UUID]) -> list[Prediction | Exception]:
        found = {prediction.uuid: prediction for prediction in self._look_up(list(dict.fromkeys(uuids)))}
        return [found.get(uuid) or PredictionNotFound() for uuid in uuids]
