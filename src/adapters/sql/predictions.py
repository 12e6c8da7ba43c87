"""The predictions in SQL."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, delete, insert, select

from adapters.sql.bulk_update import MAX_ROWS, bulk_update
from adapters.sql.connections.index_hints import through
from adapters.sql.schema.mapping import from_row, to_row
from adapters.sql.schema.tables import predictions as table
from adapters.sql.webhook_deliveries import add_deliveries
from application.ports.database.predictions import OwnedUuid, PredictionReader, Predictions, Selection
from domain.access.owner import Owner
from domain.errors import PredictionNotFound
from domain.idempotency import IdempotencyKey
from domain.prediction import Prediction

# Made once: to put a statement together costs more than to run it.
_GET = select(table).where(table.c.uuid == bindparam("of"))
_THESE = table.c.uuid.in_(bindparam("uuids", expanding=True))
_INSERT = insert(table)
_GET_MANY = select(table).where(_THESE)
# Always in the order of the primary key, so that two transactions cannot wait for each other.
_LOCK = through("PRIMARY", _GET_MANY.order_by(table.c.uuid).with_for_update())

# The index for a list, by the filters it has: status, model.
_INDEXES = {
    (False, False): "ix_predictions_owner",
    (True, False): "ix_predictions_status",
    (False, True): "ix_predictions_model",
    (True, True): "ix_predictions_status_model",
}


class SQLPredictions(Predictions):
    """The predictions within one connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, predictions: Sequence[Prediction]) -> None:
        if predictions:
            rows = [to_row(prediction) for prediction in predictions]
            # Two processes that insert the same keys meet them in the same order, so that neither waits for the other
            # while that one waits for it.
            rows.sort(key=lambda row: row["idempotency_key"] or "")
            self._connection.execute(_INSERT, rows)
            add_deliveries(self._connection, predictions)

    def lock(self, uuids: Sequence[UUID]) -> list[Prediction]:
        if not uuids:
            return []
        rows = self._connection.execute(_LOCK, {"uuids": [str(uuid) for uuid in uuids]}).mappings()
        found = {prediction.uuid: prediction for prediction in map(from_row, rows)}
        return [found[uuid] for uuid in dict.fromkeys(uuids) if uuid in found]

    def save(self, predictions: Sequence[Prediction]) -> None:
        rows = [to_row(prediction) for prediction in predictions]
        for first in range(0, len(rows), MAX_ROWS):
            self._connection.execute(*bulk_update(rows[first : first + MAX_ROWS]))
        add_deliveries(self._connection, predictions)

    def delete(self, uuid: UUID) -> None:
        self._connection.execute(delete(table).where(table.c.uuid == str(uuid)))


class SQLPredictionReader(PredictionReader):
    """The committed predictions, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, owner: Owner, uuid: UUID) -> Prediction:
        prediction = self.get_of_any_owner(uuid)
        if prediction.owner != owner:
            raise PredictionNotFound
        return prediction

    def get_of_any_owner(self, uuid: UUID) -> Prediction:
        row = self._connection.execute(_GET, {"of": str(uuid)}).mappings().one_or_none()
        if row is None:
            raise PredictionNotFound
        return from_row(row)

    def find(self, owner: Owner, key: IdempotencyKey) -> Prediction | None:
        query = select(table).where(table.c.owner == owner.name, table.c.idempotency_key == key.value)
        row = self._connection.execute(query).mappings().one_or_none()
        return from_row(row) if row else None

    def get_many(self, wanted: Collection[OwnedUuid]) -> list[Prediction]:
        if not wanted:
            return []
        uuids = {str(uuid) for _, uuid in wanted}
        found = map(from_row, self._connection.execute(_GET_MANY, {"uuids": list(uuids)}).mappings())
        own = set(wanted)
        return [prediction for prediction in found if OwnedUuid(prediction.owner, prediction.uuid) in own]

    def has_any(self) -> bool:
        return self._connection.execute(select(table.c.uuid).limit(1)).first() is not None

    def newest(self, selection: Selection, before: UUID | None, limit: int) -> list[Prediction]:
        rows = self._connection.execute(newest_query(selection, before, limit)).mappings()
        return [from_row(row) for row in rows]


def newest_query(selection: Selection, before: UUID | None, limit: int) -> Select[Any]:
    """The query of `SQLPredictionReader.newest`: each combination of filters has an index with its order."""
    query = select(table).where(table.c.owner == selection.owner.name).order_by(table.c.uuid.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.uuid < str(before))
    if selection.status is not None:
        query = query.where(table.c.status == selection.status.value)
    if selection.model is not None:
        query = query.where(table.c.model == selection.model)
    return through(_INDEXES[selection.status is not None, selection.model is not None], query)
