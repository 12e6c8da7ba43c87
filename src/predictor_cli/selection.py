"""Selection of pictures by paths, directories, glob patterns and `-`."""

import glob
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

STDIN = "-"
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"})


@dataclass(frozen=True, slots=True)
class Picture:
    """A file by its path as given or found, or the standard input by `-`."""

    file: str

    @property
    def is_stdin(self) -> bool:
        return self.file == STDIN

    @property
    def name(self) -> str:
        return "stdin" if self.is_stdin else Path(self.file).name

    def read(self) -> bytes:
        """Read its bytes; raises OSError if that fails."""
        return sys.stdin.buffer.read() if self.is_stdin else Path(self.file).read_bytes()


def select(sources: Iterable[str]) -> list[Picture]:
    """Resolve sources into pictures, each file once, in the order of the sources.

    A directory stands for all files below it that have a suffix of pictures. A glob pattern that the shell left alone
    is resolved here; `**` matches any directories. Everything else is taken as a path.
    """
    return [Picture(file) for file in dict.fromkeys(file for source in sources for file in _files(source))]


def _files(source: str) -> Iterator[str]:
    path = Path(source)
    if source == STDIN:
        yield source
    elif path.is_dir():
        found = (entry for entry in sorted(path.rglob("*")) if entry.suffix.lower() in _SUFFIXES and entry.is_file())
        yield from map(str, found)
    elif not path.exists() and glob.has_magic(source):
        # Path.glob takes no absolute patterns.
        yield from (name for name in sorted(glob.glob(source, recursive=True)) if Path(name).is_file())  # noqa: PTH207
    else:
        yield source
