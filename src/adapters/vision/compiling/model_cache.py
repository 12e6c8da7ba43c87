"""Compiled models on disk: each made once, by one process, and never used unless it is whole.

A model is two files: ``<name>.onnx``, and after it ``<name>.onnx.sha256``, in the format of ``sha256sum``. Each
appears under its name by renaming, so a process that dies leaves the model without its sum or with a wrong one;
either way it is made again.
"""

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

Build = Callable[[Path], None]

# Building takes a few seconds, and the largest model of the catalogue a minute: who waits longer waits for a process
# that hangs.
_PATIENCE_SECONDS = 600.0
_POLL_SECONDS = 0.1


def cached_model(folder: Path, name: str, build: Build, patience: float = _PATIENCE_SECONDS) -> Path:
    """The file of a compiled model, from the cache or else built into it.

    Args:
        folder: of the cache; made where it does not exist.
        name: of the model's file, without a suffix. Has to tell apart all that makes a compiled model another.
        build: writes the model to the path it is given. Only one process builds at a time; the others wait.
        patience: how long to wait for another process, in seconds.

    Raises:
        OSError: the folder cannot be written, or another process does not come to an end.
        Exception: what `build` raises.
    """
    path = folder / f"{name}.onnx"
    if _is_whole(path):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder / f"{name}.lock", patience):
        # Another process may have built it while this one waited.
        if not _is_whole(path):
            _build_into(path, build)
    return path


def is_cached(folder: Path, name: str) -> bool:
    """Whether the model of this name is there, whole."""
    return _is_whole(folder / f"{name}.onnx")


def _is_whole(path: Path) -> bool:
    try:
        return _sum_file(path).read_text() == _sum_line(path.name, path)
    except (OSError, UnicodeDecodeError):
        return False


def _build_into(path: Path, build: Build) -> None:
    with tempfile.TemporaryDirectory(prefix=".building-", dir=path.parent) as workplace:
        made = Path(workplace, path.name)
        build(made)
        sum_made = _sum_file(made)
        sum_made.write_text(_sum_line(path.name, made))
        for file in (made, sum_made):
            _sync(file)
        made.replace(path)
        sum_made.replace(_sum_file(path))


def _sum_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _sum_line(name: str, model: Path) -> str:
    with model.open("rb") as file:
        return f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n"


def _sync(path: Path) -> None:
    # Otherwise a loss of power could leave the new name on an empty file; the sum would show it, but the model would
    # have to be built once more.
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _only_one(path: Path, patience: float) -> Iterator[None]:
    # A soft lock would outlive a killed process.
    lock = FileLock(path, timeout=patience, poll_interval=_POLL_SECONDS, fallback_to_soft=False)
    try:
        held = lock.acquire()
    except Timeout:
        message = f"another process has been building it for {patience:.0f} seconds"
        raise OSError(errno.ETIMEDOUT, message) from None
    with held:
        yield
