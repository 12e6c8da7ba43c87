"""The rates of owners in SQL: one moment an owner."""

from sqlalchemy import insert, select, update

from adapters.sql.connections.database import Database
from adapters.sql.connections.errors import commit
from adapters.sql.schema.tables import rate_buckets as table
from application.ports.database.rate_buckets import RateBuckets, Taken
from application.ports.database.unit_of_work import TransactionAborted
from application.ports.system import Clock
from domain.access.owner import Owner
from domain.access.rate import RateLimit

# Attempts of two processes that take from the bucket of a new owner at the same moment. One of them wins each time.
_MAX_TRIES = 5


class SQLRateBuckets(RateBuckets):
    """Buckets in a table."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def take(self, owner: Owner, limit: RateLimit, least: int, most: int) -> Taken:
        for _ in range(_MAX_TRIES - 1):
            try:
                return self._take_once(owner, limit, least, most)
            except TransactionAborted:
                continue
        return self._take_once(owner, limit, least, most)

    def _take_once(self, owner: Owner, limit: RateLimit, least: int, most: int) -> Taken:
        now = self._clock.now()
        with self._database.write() as connection:
            query = select(table.c.spent_until).where(table.c.owner == owner.name).with_for_update()
            found = connection.execute(query).scalar()
            before = found or now
            available = limit.available(before, now)
            if available < min(least, limit.burst):
                return Taken(0, available, limit.wait(before, least, now))
            count = max(least, min(most, available))
            row = {"owner": owner.name, "spent_until": limit.take(before, count, now)}
            if found is None:
                connection.execute(insert(table), row)
            else:
                connection.execute(update(table).where(table.c.owner == owner.name).values(row))
            commit(connection)
        return Taken(count, max(0, available - count))
