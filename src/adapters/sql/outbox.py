"""The outbox in SQL: the queued rows."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Integer, bindparam, case, func, select, update

from adapters.sql.connections.index_hints import by_primary_key, through
from adapters.sql.owner_turns import INDEX, NOBODY, owners_in_turn
from adapters.sql.schema.mapping import JOB_COLUMNS, to_job
from adapters.sql.schema.tables import predictions as table
from application.ports.database.outbox import Outbox, OutboxReader, OwnedJob, Turn
from application.turns.dealing import deal
from domain.access.owner import Owner
from domain.prediction_state import PredictionStatus
from domain.priority import Priority

_QUEUED = table.c.status == PredictionStatus.QUEUED.value


# The first unpublished jobs of an owner with a priority.
DUE_JOBS = through(
    INDEX,
    select(*JOB_COLUMNS)
    .where(
        _QUEUED,
        table.c.published_at.is_(None),
        table.c.priority == bindparam("level"),
        table.c.owner == bindparam("by"),
        table.c.due_at <= bindparam("before"),
    )
    .order_by(table.c.due_at, table.c.uuid)
    .limit(bindparam("limit", type_=Integer)),
)
# MySQL steps from one distinct beginning of the index's entries to the next.
PRIORITIES = through(
    INDEX,
    select(table.c.status, table.c.published_at, table.c.priority)
    .distinct()
    .where(_QUEUED, table.c.published_at.is_(None)),
)


_UNPUBLISHED_AND_DUE = (_QUEUED, table.c.published_at.is_(None), table.c.due_at <= bindparam("before"))
ANY_DUE = through(
    INDEX, select(table.c.uuid).where(*_UNPUBLISHED_AND_DUE, table.c.priority == bindparam("level")).limit(1)
)


_LOCK_DUE = through(
    "PRIMARY",
    select(table.c.uuid)
    .where(table.c.uuid.in_(bindparam("uuids", expanding=True)), *_UNPUBLISHED_AND_DUE)
    .order_by(table.c.uuid)
    .with_for_update(skip_locked=True),
)


class SQLOutboxReader(OutboxReader):
    """The committed outbox, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def priorities(self, before: datetime) -> Collection[Priority]:
        levels = [row.priority for row in self._connection.execute(PRIORITIES)]
        return [Priority(level) for level in levels if self._has_due(level, before)]

    def _has_due(self, level: int, before: datetime) -> bool:
        # Those that are not due are on their way to the broker, and few.
        return self._connection.execute(ANY_DUE, {"level": level, "before": before}).first() is not None

    def count(self, before: datetime) -> int:
        query = through(INDEX, select(func.count()).select_from(table).where(*_UNPUBLISHED_AND_DUE))
        return self._connection.execute(query, {"before": before}).scalar_one()


class SQLOutbox(Outbox):
    """The outbox within one connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take_unpublished(self, turn: Turn, before: datetime, limit: int, again_at: datetime) -> list[OwnedJob]:
        after = turn.after.name if turn.after else NOBODY
        levels = [priority.level for priority in turn.priorities]
        owners = owners_in_turn(self._connection, levels, after, limit)
        taken: Counter[str] = Counter()

        def take(owner: str, share: int) -> list[OwnedJob]:
            # What was taken is still found, since it changes in the end.
            found = self._first_due(owner, owners[owner], before, taken[owner] + share)[taken[owner] :]
            taken[owner] += len(found)
            return [OwnedJob(Owner(owner), to_job(row)) for row in found]

        jobs = self._lock(deal(list(owners), limit, take), before)
        self._change([str(owned.job.uuid) for owned in jobs], due_at=again_at)
        return jobs

    def _lock(self, jobs: Sequence[OwnedJob], before: datetime) -> list[OwnedJob]:
        """Lock those that are still to be published and that nobody else has locked.

        By the primary key, in its order: whoever locks rows through the index in which they are found can meet an
        engine that has a row and wants its entry there.
        """
        if not jobs:
            return []
        given = {"uuids": [str(owned.job.uuid) for owned in jobs], "before": before}
        locked = set(self._connection.execute(_LOCK_DUE, given).scalars())
        return [owned for owned in jobs if str(owned.job.uuid) in locked]

    def _first_due(self, owner: str, levels: Sequence[int], before: datetime, limit: int) -> list[Any]:
        found: list[Any] = []
        for level in levels:
            if len(found) < limit:
                given = {"by": owner, "level": level, "before": before, "limit": limit - len(found)}
                found += self._connection.execute(DUE_JOBS, given).all()
        return found

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
