"""An image store is set up before its first use, but never taken for a new one when it was lost."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.memory import MemoryImageStore, MemoryUnitOfWork
from adapters.memory.database.unit_of_work import MemoryCommittedState
from application.upkeep.prepare_image_store import ImageStoreLost, ImageStoreState, PrepareImageStore
from domain.errors import DatabaseUnavailable, ImageStoreUnavailable
from tests.contracts.image_store import KEY
from tests.contracts.unit_of_work import keep
from tests.harness.builders import a_prediction


class World:
    def __init__(self, *, is_marked: bool = False, has_predictions: bool = False) -> None:
        self.store, self.unit_of_work = MemoryImageStore(is_marked=is_marked), MemoryUnitOfWork()
        if has_predictions:
            keep(self.unit_of_work, a_prediction(1))

    @property
    def prepare(self) -> PrepareImageStore:
        return PrepareImageStore(setup=self.store, unit_of_work=self.unit_of_work)


class DatabaseAway(MemoryUnitOfWork):
    @contextmanager
    def read(self) -> Iterator[MemoryCommittedState]:
        raise DatabaseUnavailable
        yield


def test_what_is_set_up_is_ready_and_the_database_is_not_asked() -> None:
    world = World(is_marked=True)
    world.unit_of_work = DatabaseAway()
    assert world.prepare.execute() is ImageStoreState.READY


def test_an_empty_store_beside_an_unknown_database_stays_as_it_is() -> None:
    world = World()
    world.unit_of_work = DatabaseAway()
    with pytest.raises(DatabaseUnavailable):
        world.prepare.execute()
    assert not world.store.is_set_up()


def test_an_empty_store_beside_an_empty_database_is_new() -> None:
    world = World()
    assert world.prepare.look() is ImageStoreState.NEW
    assert not world.store.is_set_up()
    assert world.prepare.execute() is ImageStoreState.NEW
    assert world.prepare.execute() is ImageStoreState.READY


@pytest.mark.parametrize("has_predictions", [True, False])
def test_pictures_without_a_marker_get_one(has_predictions: bool) -> None:
    world = World(is_marked=True, has_predictions=has_predictions)
    world.store.put(KEY, b"picture")
    world.store.is_marked = False
    assert world.prepare.execute() is ImageStoreState.UNMARKED
    assert world.store.is_set_up()
    assert world.store.get(KEY) == b"picture"


def test_an_empty_store_beside_predictions_is_lost_and_stays_as_it_is() -> None:
    world = World(has_predictions=True)
    with pytest.raises(ImageStoreLost) as lost:
        world.prepare.execute()
    assert isinstance(lost.value, ImageStoreUnavailable)
    assert world.store.location in lost.value.message
    assert "predictor migrate --new-image-store" in lost.value.message
    assert not world.store.is_set_up()


def test_an_empty_store_beside_predictions_may_be_wanted() -> None:
    world = World(has_predictions=True)
    assert world.prepare.execute(may_be_empty=True) is ImageStoreState.LOST
    assert world.prepare.execute() is ImageStoreState.READY
