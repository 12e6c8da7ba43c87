"""Behaviour of the local image store beyond its contract."""

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.storage.local_image_store import LocalImageStore
from adapters.storage.marker import MARKER
from application.ports.image_store import ImageMissing
from domain.errors import ImageStoreFull, ImageStoreUnavailable
from domain.image import ImageKey
from domain.image_header import ImageFormat
from domain.time_ordered_id import first_uuid_at
from tests.contracts.image_store import KEY, OTHER
from tests.contracts.image_store_place import assert_away
from tests.harness.empty_folder import replaced_by_an_empty_folder


def pictures(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != MARKER]


def set_up(root: Path) -> LocalImageStore:
    store = LocalImageStore(root)
    store.set_up()
    return store


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for root in (tmp_path / "file", tmp_path / "file" / "images"):
        store = LocalImageStore(root)
        with pytest.raises(ImageStoreUnavailable):
            store.set_up()
        assert_away(store)
        for look in (store.is_set_up, store.has_pictures):
            with pytest.raises(ImageStoreUnavailable):
                look()


def test_a_folder_that_went_away_is_unavailable_and_does_not_come_back_by_itself(tmp_path: Path) -> None:
    store = set_up(tmp_path / "images")
    store.check()
    (tmp_path / "images" / MARKER).unlink()
    (tmp_path / "images").rmdir()
    assert_away(store)
    assert list(tmp_path.iterdir()) == []


def test_opening_it_creates_nothing(tmp_path: Path) -> None:
    LocalImageStore(tmp_path / "images")
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_leaves_nothing_on_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    assert_away(LocalImageStore(tmp_path / "images"))
    assert list((tmp_path / "images").iterdir()) == []


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, ImageStoreFull), (errno.EDQUOT, ImageStoreFull), (errno.EIO, ImageStoreUnavailable)],
)
def test_a_picture_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[ImageStoreUnavailable]
) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(number, "as a disk says it")

    store = set_up(tmp_path / "images")
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", broken)
        with pytest.raises(error):
            store.put(KEY, b"picture")
    assert pictures(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO, errno.EACCES])
def test_a_marker_that_cannot_be_looked_at_is_no_missing_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def broken(*_: object, **__: object) -> os.stat_result:
        raise OSError(number, "as a network file system says it")

    store = set_up(tmp_path / "images")
    store.put(KEY, b"picture")
    with monkeypatch.context() as disk:
        disk.setattr(os, "stat", broken)
        with pytest.raises(ImageStoreUnavailable):
            store.get(OTHER)
        with pytest.raises(ImageStoreUnavailable):
            store.delete(KEY)
    assert store.get(KEY) == b"picture"


def test_a_marker_that_is_a_folder_or_leads_nowhere_is_none(tmp_path: Path) -> None:
    store = LocalImageStore(tmp_path)
    (tmp_path / MARKER).mkdir()
    assert_away(store)
    assert not store.is_set_up()
    (tmp_path / MARKER).rmdir()
    (tmp_path / MARKER).symlink_to("nowhere")
    assert_away(store)


def test_a_marker_need_not_be_readable(tmp_path: Path) -> None:
    store = set_up(tmp_path)
    (tmp_path / MARKER).chmod(0)
    store.put(KEY, b"picture")
    store.check()


def test_the_folder_may_be_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "images").symlink_to("elsewhere")
    store = set_up(tmp_path / "images")
    store.put(KEY, b"picture")
    assert (tmp_path / "elsewhere" / KEY.value).read_bytes() == b"picture"
    (tmp_path / "images").unlink()
    (tmp_path / "other").mkdir()
    (tmp_path / "images").symlink_to("other")
    assert_away(store)
    assert list((tmp_path / "other").iterdir()) == []


def test_a_picture_goes_where_the_marker_was_seen_if_the_mount_goes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "images"
    store, opening = set_up(root), os.open

    def open_and_lose(*arguments: object, **more: object) -> int:
        descriptor: int = opening(*arguments, **more)  # type: ignore[arg-type]
        if arguments[0] == root:
            root.rename(tmp_path / "kept")
            root.mkdir()
        return descriptor

    with monkeypatch.context() as system:
        system.setattr(os, "open", open_and_lose)
        store.put(KEY, b"picture")
    assert pictures(root) == []
    assert (tmp_path / "kept" / KEY.value).read_bytes() == b"picture"


def test_a_picture_that_comes_back_with_its_mount_is_not_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "images"
    store, opening = set_up(root), os.open
    store.put(KEY, b"picture")
    away = replaced_by_an_empty_folder(root)

    def bring_back_and_open(*arguments: object, **more: object) -> int:
        if arguments[0] == root:
            away.__exit__(None, None, None)
        return opening(*arguments, **more)  # type: ignore[arg-type]

    away.__enter__()
    with monkeypatch.context() as system:
        system.setattr(os, "open", bring_back_and_open)
        assert store.get(KEY) == b"picture"
    with pytest.raises(ImageMissing):
        store.get(OTHER)


def test_pictures_are_told_from_other_files(tmp_path: Path) -> None:
    store = LocalImageStore(tmp_path)
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "lost+found" / "note.txt").touch()
    (tmp_path / "5f").mkdir()
    (tmp_path / "019f0c5").touch()
    (tmp_path / "5f" / ".nfs0001").touch()
    assert not store.has_pictures()
    (tmp_path / ImageKey("5f/00000000-0000-0000-0000-00000000005f.jpg").value).touch()
    assert store.has_pictures()


def folder_key(hours_ago: float) -> ImageKey:
    """Key of a picture that came so long ago."""
    uuid = first_uuid_at(datetime.now(UTC) - timedelta(hours=hours_ago))
    return ImageKey.of(uuid, ImageFormat.JPEG)


def test_a_folder_goes_with_its_last_picture_once_nobody_stores_there_any_more(tmp_path: Path) -> None:
    store, old, new = set_up(tmp_path), folder_key(1.5), folder_key(0.9)
    store.put_all({old: b"picture", new: b"picture"})
    (tmp_path / "lost+found").mkdir()
    store.delete(old)
    store.delete_all([new])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([new.folder, "lost+found", MARKER])


def test_a_folder_with_anything_else_in_it_stays(tmp_path: Path) -> None:
    store, old = set_up(tmp_path), folder_key(9)
    store.put(old, b"picture")
    foreign = tmp_path / old.folder / "notes.txt"
    foreign.write_text("of an operator")
    store.delete_all([old])
    assert foreign.read_text() == "of an operator"


def test_a_sweep_sees_pictures_only(tmp_path: Path) -> None:
    store, key = set_up(tmp_path / "images"), folder_key(9)
    store.put(key, b"picture")
    root = tmp_path / "images"
    (root / "lost+found").mkdir()
    (root / "abcdef0").write_text("a file like a folder")
    (root / "abcdef1").symlink_to(root / key.folder)
    (root / key.folder / "notes.txt").touch()
    (root / key.folder / OTHER.value.rpartition("/")[2]).mkdir()
    (root / key.folder / KEY.value.rpartition("/")[2]).symlink_to(root / key.value)
    assert store.folders() == [key.folder]
    assert store.images_in(key.folder) == [key]
