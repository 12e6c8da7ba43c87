"""The predictions whose time is over in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from adapters.sql.connections.index_hints import through
from adapters.sql.schema.mapping import from_row
from adapters.sql.schema.tables import predictions as table
from application.ports.database.overdue_predictions import OverduePredictions
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus

_QUEUED = table.c.status == PredictionStatus.QUEUED.value
_PROCESSING = table.c.status == PredictionStatus.PROCESSING.value


class SQLOverduePredictions(OverduePredictions):
    """The overdue predictions within one connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock_stalled(self, before: datetime, limit: int) -> list[Prediction]:
        return self._lock("ix_predictions_due", table.c.due_at, limit, _PROCESSING, table.c.due_at <= before)

    def lock_expired(self, before: datetime, limit: int) -> list[Prediction]:
        # Final predictions have no such time, so beside the expired ones the index holds only the few in work.
        return self._lock("ix_predictions_expires", table.c.expires_at, limit, table.c.expires_at <= before, _QUEUED)

    def _lock(
        self, index: str, order: ColumnElement[Any], limit: int, *conditions: ColumnElement[bool]
    ) -> list[Prediction]:
        query = select(table).where(*conditions).order_by(order).limit(limit).with_for_update(skip_locked=True)
        return [from_row(row) for row in self._connection.execute(through(index, query)).mappings()]
