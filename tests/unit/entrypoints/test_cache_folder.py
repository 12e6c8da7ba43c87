import tempfile
from pathlib import Path

import pytest

from entrypoints.cache_folder import user_cache_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def unwritable(tmp_path: Path) -> dict[str, str]:
    # Tests may run as root, whom no permission stops; a file is no folder for root either.
    (tmp_path / "file").touch()
    return {"HOME": str(tmp_path / "file")}


def test_is_where_the_user_keeps_caches(tmp_path: Path) -> None:
    given = {"XDG_CACHE_HOME": str(tmp_path / "xdg"), "HOME": str(tmp_path)}
    assert user_cache_folder(given) == tmp_path / "xdg" / "ml-prediction-system"
    assert user_cache_folder({"HOME": str(tmp_path)}) == tmp_path / ".cache" / "ml-prediction-system"


def test_a_relative_one_does_not_count(tmp_path: Path) -> None:
    given = {"XDG_CACHE_HOME": "here", "HOME": str(tmp_path)}
    assert user_cache_folder(given) == tmp_path / ".cache" / "ml-prediction-system"


def test_without_a_home_it_is_a_private_temporary_one(
    tmp_path: Path, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = user_cache_folder(unwritable(tmp_path))
    assert folder.parent == temporary
    assert folder.stat().st_mode & 0o077 == 0
    assert [record.getMessage() for record in caplog.records] == ["the cache folder cannot be written"]
    assert user_cache_folder(unwritable(tmp_path)) == folder


def test_a_folder_that_others_may_write_is_not_used(tmp_path: Path, temporary: Path) -> None:
    usual = user_cache_folder(unwritable(tmp_path))
    usual.chmod(0o777)
    assert user_cache_folder(unwritable(tmp_path)) != usual
    usual.rmdir()
    usual.symlink_to(tmp_path)
    assert user_cache_folder(unwritable(tmp_path)) not in (usual, tmp_path)


def test_a_file_in_the_way_does_no_harm(tmp_path: Path, temporary: Path) -> None:
    usual = user_cache_folder(unwritable(tmp_path))
    usual.rmdir()
    usual.touch()
    assert user_cache_folder(unwritable(tmp_path)).is_dir()
