"""The attempts that an engine works on."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from application.ports.system import Clock
from domain.prediction import Prediction

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class BatchInHand:
    """The attempts of one batch.

    Args:
        attempts: numbers of the attempts, by the uuids of their predictions.
        clock: to time calls by.
        called_at: time at which a call began that has not returned; None while there is none.
    """

    attempts: dict[UUID, int]
    clock: Clock
    called_at: datetime | None = None

    def call(self, action: Callable[[], T]) -> T:
        """Call into the model or a store, and note meanwhile that the call has not returned."""
        self.called_at = self.clock.now()
        try:
            return action()
        finally:
            self.called_at = None


@dataclass(frozen=True)
class AttemptsInHand:
    """The attempts of an engine, from their beginning until their results are recorded. Threads may share it.

    Args:
        clock: to time calls by.
    """

    clock: Clock
    _batches: set[BatchInHand] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @contextmanager
    def hold(self, started: Sequence[Prediction]) -> Iterator[BatchInHand]:
        """Hold the newest attempts at these predictions, as one batch, until the block ends."""
        batch = BatchInHand({prediction.uuid: prediction.attempts for prediction in started}, self.clock)
        with self._lock:
            self._batches.add(batch)
        try:
            yield batch
        finally:
            with self._lock:
                self._batches.discard(batch)

    def give_up_hanging(self, before: datetime) -> int:
        """Hold no longer the batches in a call that began at `before` or earlier.

        Returns:
            number of their attempts.
        """
        with self._lock:
            hanging = [b for b in self._batches if (called_at := b.called_at) is not None and called_at <= before]
            self._batches.difference_update(hanging)
        return sum(len(batch.attempts) for batch in hanging)

    def newest(self) -> dict[UUID, int]:
        """Number of the newest attempt in hand, by the uuid of its prediction."""
        with self._lock:
            attempts = [attempt for batch in self._batches for attempt in batch.attempts.items()]
        return dict(sorted(attempts))
