"""The space on a disk is looked at once a second, and each crossing of the limit is told once."""

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.storage.disk_space import DiskSpace
from domain.errors import DiskAlmostFull

LIMIT = 1000


class Disk:
    """File systems with given free bytes, and a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free: dict[Path, int] = {Path("/images"): 5000, Path("/rows"): 5000}
        self.readings, self.seconds = 0, 0.0
        monkeypatch.setattr(os, "statvfs", self.statvfs)

    def statvfs(self, folder: Path) -> SimpleNamespace:
        self.readings += 1
        if folder not in self.free:
            raise FileNotFoundError(folder)
        return SimpleNamespace(f_bavail=self.free[folder] // 10, f_frsize=10)

    def space(self, limit: int = LIMIT, folders: Sequence[Path] | None = None) -> DiskSpace:
        return DiskSpace(list(self.free) if folders is None else folders, limit, lambda: self.seconds)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_each_folder_needs_space(disk: Disk) -> None:
    space = disk.space()
    space.check()
    for folder in list(disk.free):
        disk.seconds += 1
        disk.free[folder] = LIMIT - 10
        for call in (space.require, space.check):
            with pytest.raises(DiskAlmostFull):
                call()
        disk.seconds += 1
        disk.free[folder] = LIMIT
        space.require()


def test_it_is_looked_at_once_a_second(disk: Disk) -> None:
    space = disk.space(folders=[Path("/images")])
    for _ in range(100):
        space.require()
    disk.free[Path("/images")] = 0
    disk.seconds = 0.9
    space.require()
    assert disk.readings == 1
    disk.seconds = 1.0
    with pytest.raises(DiskAlmostFull):
        space.require()
    assert disk.readings == 2


def test_each_crossing_is_told_once(disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    space = disk.space(folders=[Path("/images")])
    for free in (5000, 0, 0, 5000, 5000, 0):
        disk.free[Path("/images")] = free
        disk.seconds += 1
        with suppress(DiskAlmostFull):
            space.require()
    full, again = "disk almost full: no new picture is accepted", "disk has space again"
    assert [record.getMessage() for record in caplog.records] == [full, again, full]


def test_no_limit_no_folder_and_a_folder_that_is_not_there_yet(disk: Disk) -> None:
    disk.free[Path("/images")] = 0
    disk.space(limit=0).require()
    assert disk.readings == 0
    disk.space(folders=[]).require()
    disk.space(folders=[Path("/not/yet")]).require()


def test_a_real_folder(tmp_path: Path) -> None:
    DiskSpace([tmp_path], 1).require()
    with pytest.raises(DiskAlmostFull):
        DiskSpace([tmp_path], 2**62).require()
