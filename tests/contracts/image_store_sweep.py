"""Contract of going through the pictures of an image store."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Protocol

import pytest

from application.ports.image_store import ImageMissing, ImageStore
from application.ports.image_store_sweep import ImageStoreSweep
from domain.image import ImageKey
from tests.contracts.out_of_reach import OutOfReach

# Of folders whose names begin alike, one of them by the older kind of keys; the time of the last is long over.
FIRST = ImageKey("01/00000000-0000-7000-8000-000000000001.jpg")
SECOND = ImageKey("018cc25/018cc251-f400-7000-8000-000000000001.jpg")
THIRD = ImageKey("018cc25/018cc251-f400-7000-8000-000000000002.png")
LAST = ImageKey("018cc26/018cc260-0000-7000-8000-000000000003.jpg")


class SweptStore(ImageStore, ImageStoreSweep, Protocol):
    """An image store that can be gone through."""


class ImageStoreSweepContract(OutOfReach):
    @pytest.fixture
    @abstractmethod
    def store(self) -> SweptStore:
        """An empty store."""

    @pytest.fixture
    def full(self, store: SweptStore) -> SweptStore:
        store.put_all({key: key.value.encode() for key in (THIRD, LAST, FIRST, SECOND)})
        return store

    def test_an_empty_store_has_no_pictures(self, store: SweptStore) -> None:
        assert store.folders() == []
        assert store.images_in("018cc25") == []
        assert store.look_at([FIRST]) == []

    def test_lists_folders_and_the_pictures_of_each_in_their_order(self, full: SweptStore) -> None:
        assert full.folders() == ["01", "018cc25", "018cc26"]
        assert [full.images_in(folder) for folder in full.folders()] == [[FIRST], [SECOND, THIRD], [LAST]]
        assert full.images_in("018cc24") == []

    def test_tells_size_and_time_of_what_is_there(self, full: SweptStore) -> None:
        full.delete(LAST)
        seen = {found.key: found for found in full.look_at([SECOND, LAST, FIRST])}
        assert {key: found.size for key, found in seen.items()} == {key: len(key.value) for key in (FIRST, SECOND)}
        for found in seen.values():
            assert abs((self.now() - found.stored_at).total_seconds()) < 60

    def now(self) -> datetime:
        """The store's clock."""
        return datetime.now(UTC)

    def test_deletes_several_and_forgives_those_that_are_gone(self, full: SweptStore) -> None:
        for _ in range(2):
            full.delete_all([SECOND, LAST])
            assert full.images_in("018cc25") == [THIRD]
            assert full.images_in("018cc26") == []
            with pytest.raises(ImageMissing):
                full.get(LAST)
        assert full.folders() == ["01", "018cc25"]
        assert full.get(THIRD) == THIRD.value.encode()

    def test_an_emptied_folder_can_be_used_again(self, full: SweptStore) -> None:
        full.delete_all([LAST])
        full.put(LAST, b"again")
        assert full.images_in("018cc26") == [LAST]

    def test_an_empty_batch_is_no_work(self, store: SweptStore, out_of_reach: AbstractContextManager[object]) -> None:
        with out_of_reach:
            store.delete_all([])
            assert store.look_at([]) == []
