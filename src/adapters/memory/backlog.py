"""The pictures that wait, counted in memory."""

from collections import Counter
from collections.abc import Mapping

from adapters.memory.database.unit_of_work import MemoryUnitOfWork
from application.ports.database.backlog import BacklogReader
from domain.access.owner import Owner
from domain.prediction_state import PredictionStatus


class MemoryBacklogReader(BacklogReader):
    """Counts the predictions of a unit of work one by one."""

    def __init__(self, unit_of_work: MemoryUnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    def waiting(self) -> Mapping[Owner, int]:
        rows = self._unit_of_work.all_predictions()
        return Counter(prediction.owner for prediction in rows if prediction.status is PredictionStatus.QUEUED)
