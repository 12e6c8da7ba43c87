"""Results of earlier predictions in SQL."""

from sqlalchemy import delete, insert, select

from adapters.sql.connections.database import Database
from adapters.sql.connections.errors import commit
from adapters.sql.connections.index_hints import through
from adapters.sql.schema.mapping import from_row
from adapters.sql.schema.tables import predictions as table
from adapters.sql.schema.tables import served_models
from application.ports.database.result_cache import ResultCache
from application.ports.system import Clock
from domain.access.owner import Owner
from domain.image import ImageHash
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus


class SQLResultCache(ResultCache):
    """The succeeded rows, found by the hash of their picture, and a table of the versions that are served."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def serve(self, model: str, version: str) -> None:
        row = {"model": model, "version": version, "since": self._clock.now()}
        with self._database.write() as connection:
            # Not an upsert, which every database spells differently; nobody sees the moment between the two.
            connection.execute(delete(served_models).where(served_models.c.model == model))
            connection.execute(insert(served_models), row)
            commit(connection)

    def find(self, owner: Owner, image: ImageHash, model: str, top_k: int) -> Prediction | None:
        served = select(served_models.c.version).where(served_models.c.model == model).scalar_subquery()
        query = (
            select(table)
            .where(
                table.c.owner == owner.name,
                table.c.image_hash == image.value,
                table.c.model == model,
                table.c.model_version == served,
                table.c.status == PredictionStatus.SUCCEEDED.value,
                table.c.top_k >= top_k,
            )
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(through("ix_predictions_image_hash", query)).mappings().one_or_none()
        return from_row(row) if row else None
