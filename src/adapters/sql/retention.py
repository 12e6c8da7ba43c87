"""Retention in SQL. Uuids are ordered by time, so that the primary key leads to what is old."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, select, update

from adapters.sql.connections.index_hints import by_primary_key, through
from adapters.sql.schema.tables import predictions as table
from adapters.sql.schema.tables import webhook_deliveries as deliveries
from application.ports.database.retention import Due, Retention, RetentionReader
from domain.image import ImageKey
from domain.prediction_state import ImageState, PredictionStatus
from domain.time_ordered_id import first_uuid_at
from domain.webhooks.webhook_delivery import DeliveryState

# Not as a list of the final ones, for which SQLite would go through the index of the status and sort all that are due.
_FINAL = table.c.status.not_in([status.value for status in PredictionStatus if not status.is_final])
_KEPT = table.c.image_state.is_(None)
_DELETING = table.c.image_state == ImageState.DELETING.value

# A uuid tells its milliseconds, rounded down.
_MILLISECOND = timedelta(milliseconds=1)


class SQLRetention(Retention):
    """Retention within one connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark_deleting(self, uuids: Sequence[UUID], due: Due) -> list[ImageKey]:
        locked = self._lock(uuids, due, _KEPT | _DELETING)
        self._set_image_state([row.uuid for row in locked if row.image_state is None], ImageState.DELETING)
        return [ImageKey(row.img) for row in locked]

    def mark_deleted(self, uuids: Sequence[UUID]) -> int:
        return self._set_image_state([str(uuid) for uuid in uuids], ImageState.DELETED, _DELETING)

    def delete(self, uuids: Sequence[UUID], due: Due) -> int:
        locked = [row.uuid for row in self._lock(uuids, due, ~_KEPT)]
        if locked:
            self._connection.execute(delete(table).where(table.c.uuid.in_(locked)))
        return len(locked)

    def _lock(self, uuids: Sequence[UUID], due: Due, condition: ColumnElement[bool]) -> Sequence[Any]:
        """Lock those that are due, in the order in which all statements lock predictions."""
        if not uuids:
            return []
        these = table.c.uuid.in_([str(uuid) for uuid in uuids])
        columns = select(table.c.uuid, table.c.img, table.c.image_state)
        query = columns.where(these, *_is(due), condition).order_by(table.c.uuid).with_for_update()
        return self._connection.execute(through("PRIMARY", query)).all()

    def _set_image_state(self, uuids: Sequence[str], state: ImageState, *conditions: ColumnElement[bool]) -> int:
        if not uuids:
            return 0
        statement = update(table).where(table.c.uuid.in_(uuids), *conditions).values(image_state=state.value)
        return self._connection.execute(by_primary_key(statement)).rowcount


class SQLRetentionReader(RetentionReader):
    """Retention over one connection that reads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, due: Due, after: UUID | None, limit: int) -> list[tuple[UUID, ImageKey]]:
        rows = self._connection.execute(due_query(due, after, limit))
        return [(UUID(row.uuid), ImageKey(row.img)) for row in rows]

    def wanted(self, keys: Sequence[ImageKey]) -> set[ImageKey]:
        uuids = [str(uuid) for uuid in (key.prediction for key in keys) if uuid]
        if not uuids:
            return set()
        query = through("PRIMARY", select(table.c.img).where(table.c.uuid.in_(uuids), _KEPT))
        return {ImageKey(key) for key in self._connection.execute(query).scalars()} & set(keys)


def due_query(due: Due, after: UUID | None, limit: int) -> Select[Any]:
    """The query of `SQLRetentionReader.due`: it reads no row that is younger than what is due."""
    end = first_uuid_at(due.finished_before + _MILLISECOND)
    query = select(table.c.uuid, table.c.img).where(table.c.uuid < str(end), *_is(due))
    if due.images_only:
        query = query.where(_KEPT | _DELETING)
    if after is not None:
        query = query.where(table.c.uuid > str(after))
    return through("PRIMARY", query.order_by(table.c.uuid).limit(limit))


def _is(due: Due) -> list[ColumnElement[bool]]:
    """Conditions of those that are due, whatever their pictures' state."""
    conditions = [_FINAL, table.c.finished_at <= due.finished_before]
    if due.webhooks_before is not None:
        pending = exists().where(
            deliveries.c.uuid == table.c.uuid,
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.created_at > due.webhooks_before,
        )
        conditions.append(~pending)
    return conditions
