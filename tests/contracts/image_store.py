"""Contract of an image store."""

from abc import abstractmethod
from contextlib import AbstractContextManager

import pytest

from application.ports.image_store import ImageMissing, ImageStore
from domain.image import ImageKey
from tests.contracts.out_of_reach import OutOfReach

KEY = ImageKey("5f/00000000-0000-0000-0000-00000000005f.jpg")
OTHER = ImageKey("5f/00000000-0000-0000-0000-00000000015f.png")


class ImageStoreContract(OutOfReach):
    @pytest.fixture
    @abstractmethod
    def store(self) -> ImageStore:
        """An empty store."""

    def test_gives_back_what_was_put(self, store: ImageStore) -> None:
        store.put(KEY, b"\x00\xff picture")
        store.put(OTHER, b"another")
        assert store.get(KEY) == b"\x00\xff picture"
        assert store.get(OTHER) == b"another"

    def test_putting_again_replaces(self, store: ImageStore) -> None:
        store.put(KEY, b"a long first picture")
        store.put(KEY, b"second")
        assert store.get(KEY) == b"second"

    def test_keeps_several_at_once(self, store: ImageStore) -> None:
        keys = [ImageKey(f"019f0c5/00000000-0000-0000-0000-0000000000{number:02x}.jpg") for number in range(20)]
        store.put_all({key: key.value.encode() for key in [*keys, KEY]})
        assert [store.get(key) for key in [*keys, KEY]] == [key.value.encode() for key in [*keys, KEY]]

    def test_an_empty_batch_is_no_work(self, store: ImageStore, out_of_reach: AbstractContextManager[object]) -> None:
        with out_of_reach:
            store.put_all({})

    def test_an_unknown_picture_is_missing(self, store: ImageStore) -> None:
        with pytest.raises(ImageMissing):
            store.get(KEY)

    def test_a_deleted_picture_is_missing(self, store: ImageStore) -> None:
        store.put(KEY, b"picture")
        store.put(OTHER, b"another")
        store.delete(KEY)
        with pytest.raises(ImageMissing):
            store.get(KEY)
        assert store.get(OTHER) == b"another"

    def test_deleting_what_is_not_there_does_nothing(self, store: ImageStore) -> None:
        store.delete(KEY)
        store.delete(KEY)
        with pytest.raises(ImageMissing):
            store.get(KEY)

    def test_keeps_a_picture_of_a_megabyte(self, store: ImageStore) -> None:
        picture = bytes(range(256)) * 4096
        store.put(KEY, picture)
        assert store.get(KEY) == picture
