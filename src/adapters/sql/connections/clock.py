"""Clock of the database server."""

from datetime import UTC, datetime

from sqlalchemy import text

from adapters.sql.connections.database import Database
from application.ports.system import Clock

# Both return a text or a time without a zone, in UTC.
_NOW = {"sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')", "mysql": "SELECT UTC_TIMESTAMP(6)"}


class DatabaseClock(Clock):
    """Current time of the database server, in UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        with self._database.read() as connection:
            found = connection.execute(text(_NOW[connection.dialect.name])).scalar_one()
        return datetime.fromisoformat(str(found)).replace(tzinfo=UTC)
