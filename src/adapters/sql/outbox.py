"""The outbox in SQL: the queued rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, case, select, update

from adapters.sql.connections.index_hints import by_primary_key, through
from adapters.sql.schema.mapping import JOB_COLUMNS, to_job
from adapters.sql.schema.tables import predictions as table
from application.ports.database.outbox import Outbox
from domain.job import Job
from domain.prediction_state import PredictionStatus
from domain.priority import Priority

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
        # So that `forget_published` finds the published ones by the time at which they were due.
        due_at = case((table.c.due_at > at, at), else_=table.c.due_at)
        self._change([str(uuid) for uuid in uuids], _QUEUED, published_at=at, due_at=due_at)

    def forget_published(self, priorities: Sequence[Priority], before: datetime, limit: int, due_at: datetime) -> int:
        if not priorities:
            return 0
        levels = table.c.priority.in_([priority.level for priority in priorities])
        # The time at which they were due is in the index: however long the queues are, only what is old is read.
        query = (
            select(table.c.uuid)
            .where(_QUEUED, levels, table.c.due_at <= before, table.c.published_at <= before)
            .order_by(table.c.priority.desc(), table.c.due_at, table.c.uuid)
            .limit(limit)
        )
        uuids = self._connection.execute(through("ix_predictions_urgent", query)).scalars().all()
        # There are hardly ever any, so nothing is locked until they are found.
        return self._change(uuids, _QUEUED, table.c.published_at <= before, published_at=None, due_at=due_at)

    def _change(self, uuids: Sequence[str], *conditions: ColumnElement[bool], **values: Any) -> int:
        if not uuids:
            return 0
        statement = update(table).where(table.c.uuid.in_(uuids), *conditions).values(values)
        return self._connection.execute(by_primary_key(statement)).rowcount
