"""Behaviour of the local image store beyond its contract."""

import errno
import os
from pathlib import Path

import pytest

from adapters.storage.local_image_store import LocalImageStore
from domain.errors import ImageStoreFull, ImageStoreUnavailable
from tests.contracts.image_store import KEY


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ImageStoreUnavailable):
        LocalImageStore(tmp_path / "file" / "images")


def test_a_folder_that_went_away_is_unavailable_and_says_so(tmp_path: Path) -> None:
    store = LocalImageStore(tmp_path / "images")
    store.check()
    (tmp_path / "images").rmdir()
    with pytest.raises(ImageStoreUnavailable):
        store.check()
    with pytest.raises(ImageStoreUnavailable):
        store.put(KEY, b"picture")


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, ImageStoreFull), (errno.EDQUOT, ImageStoreFull), (errno.EIO, ImageStoreUnavailable)],
)
def test_a_picture_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[ImageStoreUnavailable]
) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(number, "as a disk says it")

    store = LocalImageStore(tmp_path / "images")
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", broken)
        with pytest.raises(error):
            store.put(KEY, b"picture")
    assert files(tmp_path) == []
