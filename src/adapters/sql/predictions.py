"""The predictions in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, delete, insert, select

from adapters.sql.connections.index_hints import through
from adapters.sql.saving import MOST_AT_ONCE, saving
from adapters.sql.schema.mapping import from_row, to_row
from adapters.sql.schema.tables import predictions as table
from adapters.sql.webhooks import add_deliveries, deliveries_of
from application.ports.database.predictions import PredictionReader, Predictions, Selection
from domain.errors import PredictionNotFound
from domain.idempotency import IdempotencyKey
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from domain.webhooks.webhook_delivery import WebhookDelivery

# Made once: to put a statement together costs more than to run it.
_GET = select(table).where(table.c.uuid == bindparam("of"))
_THESE = table.c.uuid.in_(bindparam("uuids", expanding=True))
_INSERT = insert(table)
_GET_MANY = select(table).where(_THESE)
# Always in the order of the primary key, so that two transactions cannot wait for each other.
_LOCK = through("PRIMARY", _GET_MANY.order_by(table.c.uuid).with_for_update())

# The index for a list, by whether it is filtered by status and by model.
_INDEXES = {
    (False, False): "PRIMARY",
    (True, False): "ix_predictions_status",
    (False, True): "ix_predictions_model",
    (True, True): "ix_predictions_status_model",
}


class SQLPredictions(Predictions, PredictionReader):
    """The predictions as one connection's transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, prediction: Prediction) -> None:
        self._connection.execute(_INSERT, to_row(prediction))
        add_deliveries(self._connection, [prediction])

    def get(self, uuid: UUID) -> Prediction:
        row = self._connection.execute(_GET, {"of": str(uuid)}).mappings().one_or_none()
        if row is None:
            raise PredictionNotFound
        return from_row(row)

    def find(self, key: IdempotencyKey) -> Prediction | None:
        query = select(table).where(table.c.idempotency_key == key.value)
        row = self._connection.execute(query).mappings().one_or_none()
        return from_row(row) if row else None

    def get_many(self, uuids: Sequence[UUID]) -> list[Prediction]:
        rows = self._connection.execute(_GET_MANY, {"uuids": [str(uuid) for uuid in uuids]}).mappings()
        return [from_row(row) for row in rows]

    def lock(self, uuids: Sequence[UUID]) -> list[Prediction]:
        rows = self._connection.execute(_LOCK, {"uuids": [str(uuid) for uuid in uuids]}).mappings()
        found = {prediction.uuid: prediction for prediction in map(from_row, rows)}
        return [found[uuid] for uuid in dict.fromkeys(uuids) if uuid in found]

    def lock_stalled(self, before: datetime, limit: int) -> list[Prediction]:
        query = (
            select(table)
            .where(table.c.status == PredictionStatus.PROCESSING.value, table.c.due_at <= before)
            .order_by(table.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = self._connection.execute(through("ix_predictions_due", query)).mappings()
        return [from_row(row) for row in rows]

    def lock_expired(self, before: datetime, limit: int) -> list[Prediction]:
        # What is final has no such time, so beside what is wanted the index holds but the few that are in work.
        query = (
            select(table)
            .where(table.c.expires_at <= before, table.c.status == PredictionStatus.QUEUED.value)
            .order_by(table.c.expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = self._connection.execute(through("ix_predictions_expires", query)).mappings()
        return [from_row(row) for row in rows]

    def save(self, predictions: Sequence[Prediction]) -> None:
        rows = [to_row(prediction) for prediction in predictions]
        for first in range(0, len(rows), MOST_AT_ONCE):
            self._connection.execute(*saving(rows[first : first + MOST_AT_ONCE]))
        add_deliveries(self._connection, predictions)

    def deliveries(self, uuid: UUID) -> list[WebhookDelivery]:
        return deliveries_of(self._connection, uuid)

    def delete(self, uuid: UUID) -> None:
        self._connection.execute(delete(table).where(table.c.uuid == str(uuid)))

    def newest(self, selection: Selection, before: UUID | None, limit: int) -> list[Prediction]:
        rows = self._connection.execute(newest_query(selection, before, limit)).mappings()
        return [from_row(row) for row in rows]


def newest_query(selection: Selection, before: UUID | None, limit: int) -> Select[Any]:
    """The rows of `SQLPredictions.newest`, each combination of filters in the order of an index that holds them."""
    query = select(table).order_by(table.c.uuid.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.uuid < str(before))
    if selection.status is not None:
        query = query.where(table.c.status == selection.status.value)
    if selection.model is not None:
        query = query.where(table.c.model == selection.model)
    return through(_INDEXES[selection.status is not None, selection.model is not None], query)
