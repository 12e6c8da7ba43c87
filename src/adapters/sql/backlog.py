"""The pictures that wait, counted in SQL."""

from collections.abc import Mapping

from sqlalchemy import func, select

from adapters.sql.connections.database import Database
from adapters.sql.schema.tables import predictions as table
from application.ports.database.backlog import BacklogReader
from domain.access.owner import Owner
from domain.prediction_state import PredictionStatus

_WAITING = (
    select(table.c.owner, func.count()).where(table.c.status == PredictionStatus.QUEUED.value).group_by(table.c.owner)
)


class SQLBacklogReader(BacklogReader):
    """Counts the queued rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> Mapping[Owner, int]:
        with self._database.read() as connection:
            return {Owner(owner): count for owner, count in connection.execute(_WAITING)}
