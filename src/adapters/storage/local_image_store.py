"""Image store in a local folder.

No library is used: an accepted picture must survive a power failure, which needs the file and its folder synchronised
to disk, and no object-store library does that locally.
"""

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from pathlib import Path

from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageMissing, ImageStore
from domain.errors import ImageStoreFull, ImageStoreUnavailable
from domain.image import ImageKey

# Maximum number of files that are synchronised at the same time. More are not faster.
_MAX_CONCURRENT = 4
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalImageStore(ImageStore, HealthCheck):
    """Stores each picture as a file below `root`, under its key.

    A picture is written to its final path and synchronised before its key is used anywhere, so nothing reads a file
    that a crash left incomplete. The characters of an `ImageKey` cannot form a path out of the folder.
    """

    name = "image_store"

    def __init__(self, root: Path) -> None:
        self._root = root
        self._threads = ThreadPoolExecutor(_MAX_CONCURRENT, "image-store")
        with _translated_errors():
            root.mkdir(parents=True, exist_ok=True)

    def put(self, key: ImageKey, data: bytes) -> None:
        self.put_all({key: data})

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        if not images:
            return
        files = {self._root / key.value: data for key, data in images.items()}
        with _translated_errors():
            try:
                self._write_durably(files)
            except BaseException:
                for path in files:
                    path.unlink(missing_ok=True)
                raise

    def _write_durably(self, files: Mapping[Path, bytes]) -> None:
        with ExitStack() as opened:
            descriptors = []
            for path, data in files.items():
                file = opened.enter_context(_open(path))
                _write(file, data)
                descriptors.append(file.fileno())
            self._synchronise(descriptors)
        for folder in {path.parent for path in files}:
            _sync_folder(folder)

    def _synchronise(self, descriptors: Sequence[int]) -> None:
        # At the same time, since the disk then writes its journal once for all of them.
        shares = [descriptors[first::_MAX_CONCURRENT] for first in range(min(_MAX_CONCURRENT, len(descriptors)))]
        others = [self._threads.submit(_synchronise, share) for share in shares[1:]]
        for share in shares[:1]:
            _synchronise(share)
        for other in others:
            other.result()

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
        if not os.access(self._root, os.W_OK | os.X_OK):
            raise ImageStoreUnavailable


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise (ImageStoreFull if error.errno in _FULL else ImageStoreUnavailable) from error


def _open(path: Path) -> FileIO:
    try:
        return path.open("wb", buffering=0)
    except FileNotFoundError:  # the first picture of its folder
        path.parent.mkdir(exist_ok=True)
        _sync_folder(path.parent.parent)
        return path.open("wb", buffering=0)


def _write(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _synchronise(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
