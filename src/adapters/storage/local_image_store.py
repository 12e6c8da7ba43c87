"""Pictures in a local folder.

Written here rather than taken from a library: a picture whose uuid was given out must survive a power failure,
which needs the file and its folder synchronised to disk, and no object-store library does that locally.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageMissing, ImageStore
from domain.errors import ImageStoreFull, ImageStoreUnavailable
from domain.image import ImageKey

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalImageStore(ImageStore, HealthCheck):
    """Keeps each picture as a file below `root`, under its key.

    A picture is written beside its place, synchronised, and renamed into it: a reader sees all of it or none.
    A key is two names of hexadecimal digits (see `ImageKey`), so no key leads out of the folder.
    """

    name = "image_store"

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        with _translated_errors():
            self._incoming.mkdir(parents=True, exist_ok=True)

    def put(self, key: ImageKey, data: bytes) -> None:
        path = self._root / key.value
        incoming = self._incoming / path.name
        with _translated_errors():
            try:
                _write_durably(incoming, data)
                _move_durably(incoming, path)
            except BaseException:
                incoming.unlink(missing_ok=True)
                raise

    def get(self, key: ImageKey) -> bytes:
        with _translated_errors():
            try:
                return (self._root / key.value).read_bytes()
            except FileNotFoundError:
                raise ImageMissing from None

    def delete(self, key: ImageKey) -> None:
        with _translated_errors(), suppress(FileNotFoundError):
            (self._root / key.value).unlink()

    def check(self) -> None:
        if not os.access(self._incoming, os.W_OK | os.X_OK):
            raise ImageStoreUnavailable


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise (ImageStoreFull if error.errno in _FULL else ImageStoreUnavailable) from error


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _move_durably(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except FileNotFoundError:  # the first picture of its folder
        target.parent.mkdir(exist_ok=True)
        _sync_folder(target.parent.parent)
        source.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
