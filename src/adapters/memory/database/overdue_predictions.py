"""The predictions of a dictionary whose time is over."""

from copy import deepcopy
from datetime import datetime
from uuid import UUID

from application.ports.database.overdue_predictions import OverduePredictions
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus


class MemoryOverduePredictions(OverduePredictions):
    """The overdue predictions of a dictionary; they are copied, as a database does."""

    def __init__(self, rows: dict[UUID, Prediction]) -> None:
        self._rows = rows

    def lock_stalled(self, before: datetime, limit: int) -> list[Prediction]:
        overdue = [
            (p.due_at, p)
            for p in self._rows.values()
            if p.status is PredictionStatus.PROCESSING and p.due_at is not None and p.due_at <= before
        ]
        return [deepcopy(p) for _, p in sorted(overdue, key=lambda entry: entry[0])[:limit]]

    def lock_expired(self, before: datetime, limit: int) -> list[Prediction]:
        expired = [(p.expires_at, p) for p in self._rows.values() if p.expires_at and p.is_expired_at(before)]
        return [deepcopy(p) for _, p in sorted(expired, key=lambda entry: entry[0])[:limit]]
