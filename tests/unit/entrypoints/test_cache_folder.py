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


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return tmp_path / "home"


@pytest.fixture
def unwritable(home: Path) -> None:
    # Tests may run as root, whom no permission stops; a file is no folder for root either.
    home.touch()


def test_is_where_the_user_keeps_caches(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert user_cache_folder() == home / ".cache" / "ml-prediction-system"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert user_cache_folder() == tmp_path / "xdg" / "ml-prediction-system"
    assert user_cache_folder().is_dir()


def test_a_relative_one_does_not_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert user_cache_folder() == home / ".cache" / "ml-prediction-system"


@pytest.mark.usefixtures("unwritable")
def test_without_a_home_it_is_a_private_temporary_one(temporary: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = user_cache_folder()
    assert folder.parent == temporary
    assert folder.stat().st_mode & 0o077 == 0
    assert [record.getMessage() for record in caplog.records] == ["the cache folder cannot be written"]
    assert user_cache_folder() == folder


@pytest.mark.usefixtures("unwritable", "temporary")
def test_a_folder_that_others_may_write_is_not_used(tmp_path: Path) -> None:
    usual = user_cache_folder()
    usual.chmod(0o777)
    assert user_cache_folder() != usual
    usual.rmdir()
    usual.symlink_to(tmp_path)
    assert user_cache_folder() not in (usual, tmp_path)


@pytest.mark.usefixtures("unwritable", "temporary")
def test_a_file_in_the_way_does_no_harm() -> None:
    usual = user_cache_folder()
    usual.rmdir()
    usual.touch()
    assert user_cache_folder().is_dir()
