"""Pictures in the database: one system to run and to back up, at the price of a larger and busier database."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import delete, func, insert, select

from adapters.sql.connections.database import Database
from adapters.sql.connections.errors import commit
from adapters.sql.schema.tables import images as table
from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageMissing, ImageStore
from application.ports.image_store_setup import ImageStoreSetup
from application.ports.image_store_sweep import ImageStoreSweep, StoredImage
from application.ports.system import Clock
from domain.errors import DatabaseUnavailable, ImageStoreFull, ImageStoreUnavailable
from domain.image import ImageKey

# MySQL's errors ER_DISK_FULL and ER_RECORD_FILE_FULL.
_FULL_IN_MYSQL = frozenset({1021, 1114})


class SQLImageStore(ImageStore, ImageStoreSetup, ImageStoreSweep, HealthCheck):
    """Keeps each picture as a row of the table `images`.

    Putting and deleting are transactions of their own, not those of the predictions: a picture comes before its row
    and stays until after it, as in every other image store. It needs no marker: the table comes with the schema, and
    goes nowhere without the predictions.
    """

    name = "image_store"
    location = "the database"

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def is_set_up(self) -> bool:
        self.check()
        return True

    def has_pictures(self) -> bool:
        with _translated_errors(), self._database.read() as connection:
            return connection.execute(select(table.c.key).limit(1)).first() is not None

    def set_up(self) -> None:
        """Nothing is left to do once the table is there."""
        self.check()

    def put(self, key: ImageKey, data: bytes) -> None:
        self.put_all({key: data})

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        if not images:
            return
        with _translated_errors():
            now = self._clock.now()
        rows = [{"key": key.value, "data": data, "created_at": now} for key, data in images.items()]
        with _translated_errors(), self._database.write() as connection:
            # Not an upsert, which every database spells differently; nobody sees the moment between the two.
            connection.execute(delete(table).where(table.c.key.in_([key.value for key in images])))
            for row in rows:  # one by one: together they may be more than the server takes in one packet
                connection.execute(insert(table), row)
            commit(connection)

    def get(self, key: ImageKey) -> bytes:
        with _translated_errors(), self._database.read() as connection:
            data: bytes | None = connection.execute(select(table.c.data).where(table.c.key == key.value)).scalar()
        if data is None:
            raise ImageMissing
        return data

    def delete(self, key: ImageKey) -> None:
        self.delete_all([key])

    def delete_all(self, keys: Sequence[ImageKey]) -> None:
        if not keys:
            return
        with _translated_errors(), self._database.write() as connection:
            connection.execute(delete(table).where(table.c.key.in_([key.value for key in keys])))
            commit(connection)

    def folders(self) -> list[str]:
        found: list[str] = []
        with _translated_errors(), self._database.read() as connection:
            # From folder to folder by the primary key, however many pictures are between.
            while key := connection.execute(select(func.min(table.c.key)).where(table.c.key > _end(found))).scalar():
                found.append(ImageKey(key).folder)
        return found

    def images_in(self, folder: str) -> list[ImageKey]:
        query = select(table.c.key).where(table.c.key > f"{folder}/", table.c.key < _end([folder]))
        with _translated_errors(), self._database.read() as connection:
            return [ImageKey(key) for key in connection.execute(query.order_by(table.c.key)).scalars()]

    def look_at(self, keys: Sequence[ImageKey]) -> list[StoredImage]:
        if not keys:
            return []
        size = func.length(table.c.data).label("size")
        query = select(table.c.key, size, table.c.created_at).where(table.c.key.in_([key.value for key in keys]))
        with _translated_errors(), self._database.read() as connection:
            return [StoredImage(ImageKey(row.key), row.size, row.created_at) for row in connection.execute(query)]

    def check(self) -> None:
        with _translated_errors(), self._database.read() as connection:
            connection.execute(select(table.c.key).limit(1))


def _end(folders: Sequence[str]) -> str:
    """The end of the keys of the last of these folders; "" where there is none."""
    return folders[-1] + chr(ord("/") + 1) if folders else ""


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable as error:
        raise (ImageStoreFull if _is_full(error) else ImageStoreUnavailable) from error


def _is_full(error: DatabaseUnavailable) -> bool:
    driver_error = getattr(error.__cause__, "orig", None)
    if isinstance(driver_error, sqlite3.Error):
        return driver_error.sqlite_errorcode == sqlite3.SQLITE_FULL
    return driver_error is not None and driver_error.args[:1] != () and driver_error.args[0] in _FULL_IN_MYSQL
