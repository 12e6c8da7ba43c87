"""The image store in the database beyond its contract."""

from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.memory import FixedClock
from adapters.sql.connections.clock import SharedClock
from adapters.sql.connections.database import Database
from adapters.sql.image_store import SQLImageStore
from adapters.sql.schema.tables import images
from domain.errors import ImageStoreFull, ImageStoreUnavailable
from tests.contracts.image_store import KEY, OTHER
from tests.harness.builders import NOON


@pytest.fixture
def store(database: Database) -> SQLImageStore:
    return SQLImageStore(database, FixedClock(NOON))


def test_says_when_each_picture_came(store: SQLImageStore, database: Database) -> None:
    store.put(KEY, b"picture")
    with database.read() as connection:
        assert connection.execute(select(images.c.key, images.c.created_at)).all() == [(KEY.value, NOON)]


def test_a_full_database_keeps_what_it_had(store: SQLImageStore, database: Database) -> None:
    store.put(KEY, b"picture")
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")  # no page more than there are
    for key in (KEY, OTHER):
        with pytest.raises(ImageStoreFull):
            store.put(key, bytes(1_000_000))
    with database.read() as connection:
        assert connection.execute(select(images.c.key, images.c.data)).all() == [(KEY.value, b"picture")]


def test_needs_the_time(tmp_path: Path, database: Database) -> None:
    nowhere = Database(f"sqlite:///{tmp_path / 'missing' / 'predictor.db'}")
    with pytest.raises(ImageStoreUnavailable):
        SQLImageStore(database, SharedClock(nowhere)).put(KEY, b"picture")


def test_works_where_the_table_is(store: SQLImageStore) -> None:
    store.check()
    store.put(KEY, b"picture")
    store.check()


def test_is_set_up_where_the_table_is(store: SQLImageStore) -> None:
    assert store.is_set_up()
    assert not store.has_pictures()
    store.put(KEY, b"picture")
    store.set_up()
    assert store.has_pictures()
    assert store.location == "the database"


def test_without_its_table_it_is_unavailable(store: SQLImageStore, database: Database) -> None:
    with database.write() as connection:
        images.drop(connection)
        connection.commit()
    with pytest.raises(ImageStoreUnavailable) as problem:
        store.put(KEY, b"picture")
    assert not isinstance(problem.value, ImageStoreFull)
    with pytest.raises(ImageStoreUnavailable):
        store.check()
    with pytest.raises(ImageStoreUnavailable):
        store.is_set_up()
