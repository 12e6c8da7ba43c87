import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.vision.compiling.model_cache import cached_model


class Builder:
    """Builds the same model every time, and counts how often."""

    def __init__(self, content: bytes = b"model", seconds: float = 0.0) -> None:
        self.built = 0
        self._content = content
        self._seconds = seconds

    def __call__(self, target: Path) -> None:
        self.built += 1
        target.write_bytes(self._content)
        time.sleep(self._seconds)


def built_model(folder: Path, name: str, build: Callable[[Path], None]) -> bytes:
    return cached_model(folder, name, build).read_bytes()


def test_builds_once(tmp_path: Path) -> None:
    folder, build = tmp_path / "some" / "cache", Builder()
    assert [built_model(folder, "dogs", build) for _ in range(2)] == [b"model", b"model"]
    assert build.built == 1


def test_each_name_is_another_model(tmp_path: Path) -> None:
    assert built_model(tmp_path, "dogs", Builder(b"dogs")) == b"dogs"
    assert built_model(tmp_path, "cats", Builder(b"cats")) == b"cats"


def test_sha256sum_accepts_the_checksum(tmp_path: Path) -> None:
    cached_model(tmp_path, "dogs", Builder())
    expected = f"{hashlib.sha256(b'model').hexdigest()}  dogs.onnx\n"
    assert (tmp_path / "dogs.onnx.sha256").read_text() == expected


Damage = Callable[[Path], object]
DAMAGES: dict[str, Damage] = {
    "cut off": lambda folder: (folder / "dogs.onnx").write_bytes(b"mod"),
    "changed": lambda folder: (folder / "dogs.onnx").write_bytes(b"Model"),
    "empty": lambda folder: (folder / "dogs.onnx").write_bytes(b""),
    "gone": lambda folder: (folder / "dogs.onnx").unlink(),
    "without its sum": lambda folder: (folder / "dogs.onnx.sha256").unlink(),
    "with half a sum": lambda folder: (folder / "dogs.onnx.sha256").write_text("1234"),
    "with a sum that is no text": lambda folder: (folder / "dogs.onnx.sha256").write_bytes(b"\xff\xfe"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_broken_model_is_built_again(tmp_path: Path, damage: str) -> None:
    build = Builder()
    cached_model(tmp_path, "dogs", build)
    DAMAGES[damage](tmp_path)
    assert [built_model(tmp_path, "dogs", build) for _ in range(2)] == [b"model", b"model"]
    assert build.built == 2


def test_a_failed_build_leaves_nothing_and_the_next_one_may_succeed(tmp_path: Path) -> None:
    def die_half_way(target: Path) -> None:
        target.write_bytes(b"mod")
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        cached_model(tmp_path, "dogs", die_half_way)
    assert [path.name for path in tmp_path.iterdir()] == ["dogs.lock"]
    assert built_model(tmp_path, "dogs", Builder()) == b"model"


def test_of_two_that_start_at_once_one_builds(tmp_path: Path) -> None:
    # A lock of flock belongs to the open file, so threads exclude each other as processes do.
    build, together = Builder(seconds=0.05), threading.Barrier(4)

    def start(_: int) -> bytes:
        together.wait()
        return built_model(tmp_path, "dogs", build)

    with ThreadPoolExecutor(4) as starters:
        assert set(starters.map(start, range(4))) == {b"model"}
    assert build.built == 1


def test_waits_for_another_process_until_the_timeout(tmp_path: Path) -> None:
    # As a process would that was stopped, or that waits for the one which waits for it.
    def ask_for_the_same(_: Path) -> None:
        cached_model(tmp_path, "dogs", Builder(), timeout=0.0)

    with pytest.raises(OSError, match="another process"):
        cached_model(tmp_path, "dogs", ask_for_the_same)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        cached_model(tmp_path / "file" / "cache", "dogs", Builder())
