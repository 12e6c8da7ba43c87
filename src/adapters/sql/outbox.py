"""The outbox in SQL: the queued rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select, update

from adapters.sql.connections.index_hints import by_primary_key, through
from adapters.sql.schema.mapping import JOB_COLUMNS, to_job
from adapters.sql.schema.tables import predictions as table
from application.ports.database.outbox import Outbox
from domain.job import Job
from domain.prediction_state import PredictionStatus

_QUEUED = table.c.status == PredictionStatus.QUEUED.value


class SQLOutbox(Outbox):
    """The outbox within one connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take_unpublished(self, before: datetime, limit: int, again_at: datetime) -> list[Job]:
        query = (
            select(*JOB_COLUMNS)
            .where(_QUEUED, table.c.published_at.is_(None), table.c.due_at <= before)
            .order_by(table.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = self._connection.execute(through("ix_predictions_published", query)).all()
        self._change([row.uuid for row in rows], due_at=again_at)
        return [to_job(row) for row in rows]

    def mark_published(self, uuids: Sequence[UUID], at: datetime) -> None:
        self._change([str(uuid) for uuid in uuids], _QUEUED, published_at=at)

    def forget_published(self, before: datetime, limit: int, due_at: datetime) -> int:
        query = (
            select(table.c.uuid)
            .where(_QUEUED, table.c.published_at <= before)
            .order_by(table.c.published_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        uuids = self._connection.execute(through("ix_predictions_published", query)).scalars().all()
        self._change(uuids, published_at=None, due_at=due_at)
        return len(uuids)

    def _change(self, uuids: Sequence[str], *conditions: ColumnElement[bool], **values: Any) -> None:
        if uuids:
            statement = update(table).where(table.c.uuid.in_(uuids), *conditions).values(values)
            self._connection.execute(by_primary_key(statement))
