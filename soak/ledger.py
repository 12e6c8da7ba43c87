"""The record of accepted submissions."""

import os
import threading
from pathlib import Path


class Ledger:
    """Every uuid that came with a 202, on disk before the client does anything else.

    Args:
        path: a line for each: the uuid and what is expected of it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a")
        self._lock = threading.Lock()
        self._count = 0

    def write(self, uuid: str, expected: str) -> None:
        """Returns when it is durable. For any thread."""
        with self._lock:
            self._file.write(f"{uuid} {expected}\n")
            self._file.flush()
            self._count += 1
        # Outside of the lock, so that several clients share one wait for the disk.
        os.fsync(self._file.fileno())

    def __len__(self) -> int:
        return self._count

    def entries(self) -> dict[str, str]:
        """The uuids with what is expected of each, as the file has them."""
        lines = self._path.read_text().splitlines()
        return {uuid: expected for uuid, _, expected in (line.partition(" ") for line in lines)}

    def close(self) -> None:
        self._file.close()
