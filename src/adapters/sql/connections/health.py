"""Health checks of the database and of its schema."""

from sqlalchemy import Connection, inspect, select, text

from adapters.sql.connections.database import Database
from adapters.sql.schema.tables import SCHEMA_REVISION
from application.ports.health_check import HealthCheck
from domain.errors import SchemaOutdated


class DatabaseHealth(HealthCheck):
    """Checks that the database answers."""

    name = "database"

    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self) -> None:
        with self._database.read() as connection:
            self._check(connection)

    def _check(self, connection: Connection) -> None:
        connection.execute(select(1))


class SchemaHealth(DatabaseHealth):
    """Checks that the schema has the revision that this code needs."""

    name = "schema"

    def _check(self, connection: Connection) -> None:
        if _revision(connection) != SCHEMA_REVISION:
            raise SchemaOutdated


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision
