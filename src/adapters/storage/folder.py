"""Files relative to the opened folder of an image store.

A folder that was opened stays the same one, whatever is mounted over it or put in its place meanwhile. So what holds
for the marker holds for the pictures that are reached through the same descriptor.
"""

import errno
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from adapters.storage.marker import CONTENT, MARKER, MarkerMissing
from domain.errors import ImageStoreFull, ImageStoreUnavailable
from domain.image import ImageKey

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
# Seconds after which nobody stores pictures any more in a folder whose time is over: only an API whose clock is slower
# by this much would, and that one's request would be refused once.
_UNUSED_SECONDS = 3600.0
# The name of a folder is that of its keys, of the time-ordered kind: 28 of the 48 bits of the milliseconds.
_TIMED_FOLDER = re.compile(r"[0-9a-f]{7}")
_FOLDER_SHIFT = 48 - 28
_MODE = 0o666  # of a new file; the process's mask takes rights away


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise `ImageStoreFull` or `ImageStoreUnavailable` for an error of the file system."""
    try:
        yield
    except OSError as error:
        raise (ImageStoreFull if error.errno in _FULL else ImageStoreUnavailable) from error


@contextmanager
def opened(folder: str | Path, within: int | None = None) -> Iterator[int]:
    """The descriptor of a folder, given by its path or by its name in the folder with the descriptor `within`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_store(root: Path) -> Iterator[int]:
    """The descriptor of the folder `root`, in which the marker was found.

    Raises:
        MarkerMissing: there is no such folder, or no marker in it.
    """
    with ExitStack() as until_done:
        try:
            descriptor = until_done.enter_context(opened(root))
        except FileNotFoundError:
            raise MarkerMissing from None
        if not _has_marker(descriptor):
            raise MarkerMissing
        yield descriptor


def is_marked(root: Path) -> bool:
    """True if the folder `root` is there with the marker in it."""
    try:
        with opened_store(root):
            return True
    except MarkerMissing:
        return False


def _has_marker(root: int) -> bool:
    try:
        return stat.S_ISREG(os.stat(MARKER, dir_fd=root).st_mode)
    except FileNotFoundError:
        return False


def create_marker(root: Path) -> None:
    """Create the folder and the marker in it, durably."""
    root.mkdir(parents=True, exist_ok=True)
    with opened(root) as descriptor:
        file = os.open(MARKER, _NEW_FILE, _MODE, dir_fd=descriptor)
        try:
            write(file, CONTENT)
            os.fsync(file)
        finally:
            os.close(file)
        os.fsync(descriptor)
    sync_folder(root.parent)


def contains_picture(root: Path) -> bool:
    """True if there is a picture below the folder `root`; stops at the first."""
    try:
        with opened(root) as descriptor, os.scandir(descriptor) as folders:
            return any(_has_picture(folder.name, descriptor) for folder in folders if folder.is_dir())
    except FileNotFoundError:
        return False


def _has_picture(folder: str, root: int) -> bool:
    with opened(folder, root) as descriptor, os.scandir(descriptor) as files:
        return any(ImageKey.fits(f"{folder}/{file.name}") for file in files)


def create(key: str, root: int) -> int:
    """The descriptor of a new file under `key` in the opened folder `root`, to be closed by the caller."""
    try:
        return os.open(key, _NEW_FILE, _MODE, dir_fd=root)
    except FileNotFoundError:  # the first picture of its folder
        with suppress(FileExistsError):
            os.mkdir(key.partition("/")[0], dir_fd=root)
        os.fsync(root)
        return os.open(key, _NEW_FILE, _MODE, dir_fd=root)


def remove(key: str, root: int) -> None:
    """Remove the file under `key` in the opened folder `root`, if there is one."""
    with suppress(FileNotFoundError):
        os.unlink(key, dir_fd=root)


def remove_if_over(folder: str, root: int) -> None:
    """Remove a folder of the opened folder `root` that is empty, and in which nobody stores pictures any more."""
    if not _TIMED_FOLDER.fullmatch(folder):
        return
    ended_at = ((int(folder, 16) + 1) << _FOLDER_SHIFT) / 1000
    if ended_at + _UNUSED_SECONDS < time.time():
        with suppress(OSError):  # it is not empty, or somebody else was faster
            os.rmdir(folder, dir_fd=root)


def folders(root: int) -> list[str]:
    """Names of the folders of pictures in the opened folder `root`, in their order."""
    with os.scandir(root) as entries:
        return sorted(entry.name for entry in entries if ImageKey.fits_folder(entry.name) and _is_folder(entry))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def pictures(folder: str, root: int) -> list[str]:
    """Keys of the pictures in a folder of the opened folder `root`, in their order; none if there is no such folder."""
    try:
        with opened(folder, root) as descriptor, os.scandir(descriptor) as files:
            keys = [f"{folder}/{file.name}" for file in files if file.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    return sorted(filter(ImageKey.fits, keys))


def read(key: str, root: int) -> bytes:
    """Content of the file under `key` in the opened folder `root`."""
    with os.fdopen(os.open(key, os.O_RDONLY, dir_fd=root), "rb") as file:
        return file.read()


def write(file: int, data: bytes) -> None:
    """Write all of `data` to an opened file."""
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def sync_files(files: Sequence[int]) -> None:
    """Synchronise opened files to disk, one after the other."""
    for file in files:
        os.fsync(file)


def sync_folder(folder: str | Path, within: int | None = None) -> None:
    """Synchronise the entries of a folder to disk; its path or name is as for `opened`."""
    with opened(folder, within) as descriptor:
        os.fsync(descriptor)
