"""The attempts that an engine works on."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from domain.prediction import Prediction

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class BatchInHand:
    """The attempts of one batch.

    Args:
        attempts: numbers of the attempts, by the uuids of their predictions.
        is_in_call: True while a call has not returned.
        renewals: number of renewals since that call began.
    """

    attempts: dict[UUID, int]
    is_in_call: bool = False
    renewals: int = 0

    def call(self, action: Callable[[], T]) -> T:
        """Call into the model or a store, and note meanwhile that the call has not returned."""
        self.renewals = 0
        self.is_in_call = True
        try:
            return action()
        finally:
            self.is_in_call = False


@dataclass(frozen=True)
class AttemptsInHand:
    """The attempts of an engine, from their beginning until their results are recorded. Threads may share it."""

    _batches: set[BatchInHand] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @contextmanager
    def hold(self, started: Sequence[Prediction]) -> Iterator[BatchInHand]:
        """Hold the newest attempts at these predictions, as one batch, until the block ends."""
        batch = BatchInHand({prediction.uuid: prediction.attempts for prediction in started})
        with self._lock:
            self._batches.add(batch)
        try:
            yield batch
        finally:
            with self._lock:
                self._batches.discard(batch)

    def count_renewal(self, most: int) -> int:
        """Count one more renewal of all attempts, and hold no longer the batches in a call that has outlasted `most`.

        Returns:
            number of the attempts that are no longer held.
        """
        with self._lock:
            for batch in self._batches:
                batch.renewals += 1
            hanging = [batch for batch in self._batches if batch.is_in_call and batch.renewals >= most]
            self._batches.difference_update(hanging)
        return sum(len(batch.attempts) for batch in hanging)

    def newest(self) -> dict[UUID, int]:
        """Number of the newest attempt in hand, by the uuid of its prediction."""
        with self._lock:
            attempts = [attempt for batch in self._batches for attempt in batch.attempts.items()]
        return dict(sorted(attempts))
