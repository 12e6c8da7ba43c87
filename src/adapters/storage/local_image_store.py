"""Image store in a local folder.

No library is used: an accepted picture must survive a power failure, which needs the file and its folder synchronised
to disk, and no object-store library does that locally.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

from adapters.storage import folder
from adapters.storage.folder import opened_store, translated_errors
from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageMissing, ImageStore
from application.ports.image_store_setup import ImageStoreSetup
from application.ports.image_store_sweep import ImageStoreSweep, StoredImage
from domain.errors import ImageStoreUnavailable
from domain.image import ImageKey

# Maximum number of files that are synchronised at the same time. More are not faster.
_MAX_CONCURRENT = 4


class LocalImageStore(ImageStore, ImageStoreSetup, ImageStoreSweep, HealthCheck):
    """Stores each picture as a file below `root`, under its key.

    A picture is written to its final path and synchronised before its key is used anywhere, so nothing reads a file
    that a crash left incomplete. The characters of an `ImageKey` cannot form a path out of the folder.

    The folder is opened for each call, so that a mount that comes or goes is noticed, and nothing is written, deleted
    or taken for missing unless the marker is in that very folder.
    """

    name = "image_store"

    def __init__(self, root: Path) -> None:
        self._root = root
        self._threads = ThreadPoolExecutor(_MAX_CONCURRENT, "image-store")

    @property
    def location(self) -> str:
        return str(self._root)

    def is_set_up(self) -> bool:
        with translated_errors():
            return folder.is_marked(self._root)

    def has_pictures(self) -> bool:
        with translated_errors():
            return folder.contains_picture(self._root)

    def set_up(self) -> None:
        with translated_errors():
            folder.create_marker(self._root)

    def put(self, key: ImageKey, data: bytes) -> None:
        self.put_all({key: data})

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        if not images:
            return
        files = {key.value: data for key, data in images.items()}
        with translated_errors(), opened_store(self._root) as root:
            try:
                self._write_durably(files, root)
            except BaseException:
                for key in files:
                    folder.remove(key, root)
                raise

    def _write_durably(self, files: Mapping[str, bytes], root: int) -> None:
        with ExitStack() as until_synchronised:
            descriptors = []
            for key, data in files.items():
                file = folder.create(key, root)
                until_synchronised.callback(os.close, file)
                folder.write(file, data)
                descriptors.append(file)
            self._synchronise(descriptors)
        for name in {key.partition("/")[0] for key in files}:
            folder.sync_folder(name, root)

    def _synchronise(self, descriptors: Sequence[int]) -> None:
        # At the same time, since the disk then writes its journal once for all of them.
        shares = [descriptors[first::_MAX_CONCURRENT] for first in range(min(_MAX_CONCURRENT, len(descriptors)))]
        others = [self._threads.submit(folder.sync_files, share) for share in shares[1:]]
        for share in shares[:1]:
            folder.sync_files(share)
        for other in others:
            other.result()

    def get(self, key: ImageKey) -> bytes:
        with translated_errors():
            try:
                return (self._root / key.value).read_bytes()
            except FileNotFoundError:
                return self._look_again(key)

    def _look_again(self, key: ImageKey) -> bytes:
        """Read a picture that was not found, where the marker is: the store may have come back in between."""
        with opened_store(self._root) as root:
            try:
                return folder.read(key.value, root)
            except FileNotFoundError:
                raise ImageMissing from None

    def delete(self, key: ImageKey) -> None:
        self.delete_all([key])

    def delete_all(self, keys: Sequence[ImageKey]) -> None:
        if not keys:
            return
        with translated_errors(), opened_store(self._root) as root:
            for key in keys:
                folder.remove(key.value, root)
            for name in {key.folder for key in keys}:
                folder.remove_if_over(name, root)

    def folders(self) -> list[str]:
        with translated_errors(), opened_store(self._root) as root:
            return folder.folders(root)

    def images_in(self, name: str) -> list[ImageKey]:
        with translated_errors(), opened_store(self._root) as root:
            return [ImageKey(key) for key in folder.pictures(name, root)]

    def look_at(self, keys: Sequence[ImageKey]) -> list[StoredImage]:
        if not keys:
            return []
        found = []
        with translated_errors(), opened_store(self._root) as root:
            for key in keys:
                with suppress(FileNotFoundError):
                    seen = os.stat(key.value, dir_fd=root, follow_symlinks=False)
                    found.append(StoredImage(key, seen.st_size, datetime.fromtimestamp(seen.st_mtime, UTC)))
        return found

    def check(self) -> None:
        with translated_errors(), opened_store(self._root) as root:
            if not os.access(".", os.W_OK | os.X_OK, dir_fd=root):
                raise ImageStoreUnavailable("The image store is not writable.")
