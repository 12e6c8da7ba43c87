"""Which new jobs are published at once, and which wait for their owner's turn."""

import threading
from abc import abstractmethod
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol
from uuid import UUID

from application.ports.queue.lane_gauge import LaneGauge
from application.turns.held_jobs import HeldJobs
from application.turns.lane_allowance import LaneAllowance
from domain.prediction import Prediction
from domain.priority import Priority


class Publication(Protocol):
    """Decides which jobs the process that accepts them publishes itself."""

    @abstractmethod
    def hold_back(self, predictions: Sequence[Prediction]) -> AbstractSet[UUID]:
        """Choose those queued predictions whose jobs are not to be published now. Neither waits nor fails.

        It is called before the predictions are committed: those that are held back are made due, so that the relay
        takes them when it is their owner's turn.
        """

    @abstractmethod
    def renew(self) -> None:
        """Look at the queue again, to be called every quarter of a second.

        Raises:
            QueueUnavailable, DatabaseUnavailable: they cannot be reached.
        """


class UnlimitedPublication(Publication):
    """Every job at once: where the rows are the queue, or all predictions have one owner."""

    def hold_back(self, predictions: Sequence[Prediction]) -> AbstractSet[UUID]:
        return frozenset()

    def renew(self) -> None:
        """There is nothing to look at."""


class AllowedPublication(Publication):
    """As many jobs as the lane of each has room for, while no others are held back. Thread-safe.

    So whoever sends many pictures does not fill the queue before those of others; while the queue is short, all are
    published at once.

    Args:
        lanes: of the queue.
        held: the jobs that are held back, by whatever process.
    """

    def __init__(self, lanes: LaneGauge, held: HeldJobs) -> None:
        self._lanes = lanes
        self._held = held
        self._lock = threading.Lock()
        self._allowances: dict[Priority, LaneAllowance] = {}

    def hold_back(self, predictions: Sequence[Prediction]) -> AbstractSet[UUID]:
        with self._lock:
            held = [prediction for prediction in predictions if not self._may_publish(prediction)]
        for prediction in held:
            prediction.bring_forward(self._held.grace)
        return frozenset(prediction.uuid for prediction in held)

    def renew(self) -> None:
        held, lanes = self._held.priorities(), self._lanes.read_lanes()
        with self._lock:
            for lane in lanes:
                allowance = self._allowances.get(lane.priorities[0]) or LaneAllowance()
                if any(priority in held for priority in lane.priorities):
                    allowance.close()  # what is new has to wait for its turn as well
                else:
                    allowance.renew(lane.waiting)
                self._allowances.update(dict.fromkeys(lane.priorities, allowance))

    def _may_publish(self, prediction: Prediction) -> bool:
        allowance = self._allowances.get(prediction.priority)
        # Nobody has looked yet: the process has just started.
        return allowance is None or allowance.use(1) == 1
