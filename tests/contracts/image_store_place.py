"""Contract of the place of an image store, before and after it is set up."""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

import pytest

from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageMissing, ImageStore
from application.ports.image_store_setup import ImageStoreSetup
from application.ports.image_store_sweep import ImageStoreSweep
from domain.errors import ImageStoreFull, ImageStoreUnavailable
from tests.contracts.image_store import KEY, OTHER


class Place(ImageStore, ImageStoreSetup, ImageStoreSweep, HealthCheck, Protocol):
    """An image store as all its ports see it."""


class ImageStorePlaceContract:
    @pytest.fixture
    @abstractmethod
    def place(self) -> Place:
        """A store that is not set up."""

    @pytest.fixture
    @abstractmethod
    def emptied(self, place: Place) -> AbstractContextManager[object]:
        """Within it there is nothing in the place of the store; afterwards everything is back."""

    def test_a_new_place_is_empty_and_not_set_up(self, place: Place) -> None:
        assert not place.is_set_up()
        assert not place.has_pictures()
        assert place.location

    def test_it_is_set_up_once_and_may_be_again(self, place: Place) -> None:
        for _ in range(2):
            place.set_up()
            assert place.is_set_up()
            place.check()
        assert not place.has_pictures()

    def test_setting_it_up_again_keeps_its_pictures(self, place: Place) -> None:
        place.set_up()
        place.put(KEY, b"picture")
        place.set_up()
        assert place.has_pictures()
        assert place.get(KEY) == b"picture"

    def test_without_a_marker_nothing_is_believed_to_be_missing_and_nothing_is_written(self, place: Place) -> None:
        assert_away(place)
        assert not place.has_pictures()
        place.set_up()
        with pytest.raises(ImageMissing):
            place.get(KEY)

    def test_what_is_there_comes_back_after_an_empty_place(
        self, place: Place, emptied: AbstractContextManager[object]
    ) -> None:
        place.set_up()
        place.put(KEY, b"picture")
        with emptied:
            assert not place.is_set_up()
            assert_away(place)
            assert not place.has_pictures()
        place.check()
        assert place.get(KEY) == b"picture"
        with pytest.raises(ImageMissing):
            place.get(OTHER)


def assert_away(store: Place) -> None:
    """Everything but an empty batch is refused, and none of it says that a picture is missing."""
    store.put_all({})
    calls: list[Callable[[], object]] = [
        store.check,
        lambda: store.get(KEY),
        lambda: store.put(KEY, b"picture"),
        lambda: store.put_all({KEY: b"picture", OTHER: b"another"}),
        lambda: store.delete(KEY),
        store.folders,
        lambda: store.images_in("5f"),
        lambda: store.look_at([KEY]),
        lambda: store.delete_all([KEY]),
    ]
    for call in calls:
        with pytest.raises(ImageStoreUnavailable) as refused:
            call()
        assert not isinstance(refused.value, ImageStoreFull)
