"""The owners whose queued jobs no broker has, in turn, and the jobs of each.

All is read from one index in a few steps, however many jobs and owners there are.
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Integer, Row, Select, String, bindparam, func, select

from adapters.sql.connections.index_hints import through
from adapters.sql.schema.mapping import JOB_COLUMNS
from adapters.sql.schema.tables import predictions as table
from application.turns.dealing import deal
from domain.prediction_state import PredictionStatus
from domain.priority import Priority

INDEX = "ix_predictions_published"
# Comes before every name of an owner.
NOBODY = ""
_LEVELS = range(Priority.MIN_LEVEL, Priority.MAX_LEVEL + 1)

JobRow = Row[Any]


class OwnerTurns:
    """Reads the next jobs of the owners in turn, and remembers which owner was served last.

    Turns at one priority and those of the longest waiting jobs are counted apart. Not thread-safe.
    """

    def __init__(self) -> None:
        self._served = NOBODY
        self._served_longest = NOBODY

    def most_urgent(self, connection: Connection, level: int, limit: int, without: Collection[UUID]) -> list[JobRow]:
        """Jobs of a priority, one of each owner in turn; `limit` at most, and none of those `without`."""
        owners = list(owners_in_turn(connection, [level], self._served, limit))
        taken = set(without)

        def take(owner: str, share: int) -> list[JobRow]:
            jobs = _jobs(connection, owner, level, share, taken)
            taken.update(UUID(job.uuid) for job in jobs)
            return jobs

        jobs = deal(owners, limit, take)
        self._served = jobs[-1].owner if jobs else self._served
        return jobs

    def longest_waiting(self, connection: Connection, levels: Iterable[int], without: Collection[UUID]) -> list[JobRow]:
        """The longest waiting job of the owner whose turn it is, with any of these priorities; none if there is none.

        An owner with nothing but jobs in `without` is passed over.
        """
        for owner, own in owners_in_turn(connection, levels, self._served_longest, 1 + len(without)).items():
            heads = [job for level in own for job in _jobs(connection, owner, level, 1, without)]
            if heads:
                self._served_longest = owner
                return [min(heads, key=lambda job: (job.due_at, job.uuid))]
        return []


def owners_in_turn(connection: Connection, levels: Iterable[int], after: str, limit: int) -> dict[str, list[int]]:
    """The owners that have jobs with these priorities, `limit` at most, and which priorities these are.

    They come in the order of their names, beginning after `after` and from the first one on after the last one. The
    priorities of each come in descending order.
    """
    found: dict[str, list[int]] = {}
    for level in sorted(levels, reverse=True):
        owners = _owners(connection, level, after, limit)
        if after and len(owners) < limit:
            owners += [owner for owner in _owners(connection, level, NOBODY, limit) if owner <= after]
        for owner in owners:
            found.setdefault(owner, []).append(level)
    in_turn = sorted(found, key=lambda owner: (owner <= after, owner))
    return {owner: found[owner] for owner in in_turn[:limit]}


def first_and_last_owners(connection: Connection) -> dict[int, tuple[str, str]]:
    """The first and the last owner by name of the jobs with each priority, where there are any."""
    row = tuple(connection.execute(FIRST_AND_LAST_OWNERS).one())
    pairs = zip(_LEVELS, row[::2], row[1::2], strict=True)
    return {level: (first, last) for level, first, last in pairs if first is not None}


def _queued(level: Any) -> tuple[Any, ...]:
    """Conditions for queued jobs that no broker has, in the embedded mode all of them."""
    return table.c.status == PredictionStatus.QUEUED.value, table.c.published_at.is_(None), table.c.priority == level


def _one_after_the_other() -> Select[Any]:
    """Search for each owner after the one before: asked for distinct ones, SQLite would read all entries."""
    first = select(func.min(table.c.owner).label("owner")).where(*_queued(_LEVEL), table.c.owner > _AFTER)
    found = first.cte("owners", recursive=True)
    following = select(func.min(table.c.owner)).where(*_queued(_LEVEL), table.c.owner > found.c.owner)
    owners = found.union_all(select(following.scalar_subquery()).where(found.c.owner.is_not(None)))
    return select(owners.c.owner).where(owners.c.owner.is_not(None)).limit(_LIMIT)


def _distinct_beginnings() -> Select[Any]:
    """Read the distinct beginnings of the index's entries: MySQL steps from one to the next."""
    columns = (table.c.status, table.c.published_at, table.c.priority, table.c.owner)
    query = select(*columns).distinct().where(*_queued(_LEVEL), table.c.owner > _AFTER).order_by(table.c.owner)
    return through(INDEX, query.limit(_LIMIT))


def _extreme(function: Any, level: int) -> Any:
    return through(INDEX, select(function(table.c.owner)).where(*_queued(level))).scalar_subquery()


# The statements are made once, which takes longer than to run them.
_LEVEL, _LIMIT = bindparam("level", type_=Integer), bindparam("limit", type_=Integer)
_AFTER = bindparam("after", type_=String)
# The next owners by name, for each dialect. Each owner is one step in the index.
OWNERS = {"sqlite": _one_after_the_other(), "mysql": _distinct_beginnings()}
# The first jobs of an owner.
JOBS = through(
    INDEX,
    select(*JOB_COLUMNS, table.c.attempts, table.c.owner, table.c.due_at)
    .where(*_queued(_LEVEL), table.c.owner == bindparam("by"))
    .order_by(table.c.due_at, table.c.uuid)
    .limit(_LIMIT),
)
FIRST_AND_LAST_OWNERS = select(*(_extreme(function, level) for level in _LEVELS for function in (func.min, func.max)))


def _owners(connection: Connection, level: int, after: str, limit: int) -> list[str]:
    given = {"level": level, "after": after, "limit": limit}
    return [row.owner for row in connection.execute(OWNERS[connection.dialect.name], given)]


def _jobs(connection: Connection, owner: str, level: int, limit: int, without: Collection[UUID]) -> list[JobRow]:
    given = {"level": level, "by": owner, "limit": limit + len(without)}
    rows: list[JobRow] = list(connection.execute(JOBS, given))
    return [row for row in rows if UUID(row.uuid) not in without][:limit]
