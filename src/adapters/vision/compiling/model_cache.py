"""Cache of compiled models on disk: each is built once, by one process, and used only if its checksum is right.

A model is two files: ``<name>.onnx`` and, written after it, ``<name>.onnx.sha256`` in the format of ``sha256sum``.
Each is renamed into place, so a process that dies leaves a model without a checksum or with a wrong one; in both
cases it is built again.
"""

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

# Building takes a few seconds, and a minute for the largest model of the catalogue: after ten the other process hangs.
_TIMEOUT_SECONDS = 600.0
_POLL_SECONDS = 0.1


def cached_model(folder: Path, name: str, build: Callable[[Path], None], timeout: float = _TIMEOUT_SECONDS) -> Path:
    """File of a compiled model; builds it unless it is in the cache.

    Args:
        folder: of the cache; created if it does not exist.
        name: of the model's file, without a suffix; has to differ for different models.
        build: writes the model to the path it is given. Only one process builds at a time; the others wait.
        timeout: maximum time to wait for another process, in seconds.

    Raises:
        OSError: the folder cannot be written, or another process does not finish within `timeout`.
        Exception: any that `build` raises.
    """
    path = folder / f"{name}.onnx"
    if _is_valid(path):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / f"{name}.lock", timeout):
        # Another process may have built it while this one waited.
        if not _is_valid(path):
            _build_into(path, build)
    return path


def is_cached(folder: Path, name: str) -> bool:
    """True if the cache has a valid model of this name."""
    return _is_valid(folder / f"{name}.onnx")


def _is_valid(path: Path) -> bool:
    try:
        return _checksum_file(path).read_text() == _checksum_line(path.name, path)
    except (OSError, UnicodeDecodeError):
        return False


def _build_into(path: Path, build: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(prefix=".building-", dir=path.parent) as temporary:
        made = Path(temporary, path.name)
        build(made)
        checksum = _checksum_file(made)
        checksum.write_text(_checksum_line(path.name, made))
        for file in (made, checksum):
            # Otherwise the renamed file could be empty after a power failure, and would have to be built again.
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
        made.replace(path)
        checksum.replace(_checksum_file(path))


def _checksum_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _checksum_line(name: str, model: Path) -> str:
    with model.open("rb") as file:
        return f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n"


@contextmanager
def _locked(path: Path, timeout: float) -> Iterator[None]:
    # A soft lock would outlive a killed process.
    lock = FileLock(path, timeout=timeout, poll_interval=_POLL_SECONDS, fallback_to_soft=False)
    try:
        held = lock.acquire()
    except Timeout:
        raise OSError(errno.ETIMEDOUT, f"another process has been building it for {timeout:.0f} seconds") from None
    with held:
        yield
