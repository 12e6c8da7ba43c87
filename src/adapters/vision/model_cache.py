"""Compiled models on disk: each made once, by one process, and never used unless it is whole.

A model is two files: ``<name>.onnx``, and after it ``<name>.onnx.sha256``, in the format of ``sha256sum``. Each
appears under its name by renaming, so a process that dies leaves the model without its sum or with a wrong one;
either way it is made again.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Build = Callable[[Path], None]


def cached_model(folder: Path, name: str, build: Build) -> bytes:
    """A compiled model, from the cache or else built into it.

    Args:
        folder: of the cache; made where it does not exist.
        name: of the model's file, without a suffix. Has to tell apart all that makes a compiled model another.
        build: writes the model to the path it is given. Only one process builds at a time; the others wait.

    Raises:
        OSError: the folder cannot be written.
        Exception: what `build` raises.
    """
    path = folder / f"{name}.onnx"
    if (model := _whole(path)) is not None:
        return model
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder / f"{name}.lock"):
        # Another process may have built it while this one waited.
        if (model := _whole(path)) is None:
            model = _build_into(path, build)
    return model


def _whole(path: Path) -> bytes | None:
    try:
        model = path.read_bytes()
        return model if _sum_file(path).read_text() == _sum_line(path, model) else None
    except (OSError, UnicodeDecodeError):
        return None


def _build_into(path: Path, build: Build) -> bytes:
    with tempfile.TemporaryDirectory(prefix=".building-", dir=path.parent) as workplace:
        made = Path(workplace, path.name)
        build(made)
        model = made.read_bytes()
        _sync(made)
        made.replace(path)
        sum_made = _sum_file(made)
        sum_made.write_text(_sum_line(path, model))
        _sync(sum_made)
        sum_made.replace(_sum_file(path))
    return model


def _sum_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _sum_line(path: Path, model: bytes) -> str:
    return f"{hashlib.sha256(model).hexdigest()}  {path.name}\n"


def _sync(path: Path) -> None:
    # Otherwise a loss of power could leave the new name on an empty file; the sum would show it, but the model would
    # have to be built once more.
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
