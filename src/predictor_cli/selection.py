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
    """A file, or the standard input.

    Args:
        file: path as given or found; `-` for the standard input.
    """

    file: str

    @property
    def is_stdin(self) -> bool:
        return self.file == STDIN

    @property
    def name(self) -> str:
        """Display name."""
        return "stdin" if self.is_stdin else Path(self.file).name

    def read(self) -> bytes:
        """Read its bytes.

        Raises:
            OSError: the file cannot be read.
        """
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
        yield from (str(found) for found in sorted(path.rglob("*")) if _is_picture(found))
    elif not path.exists() and glob.has_magic(source):
        # Path.glob takes no absolute patterns.
        yield from (found for found in sorted(glob.glob(source, recursive=True)) if Path(found).is_file())  # noqa: PTH207
    else:
        yield source


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and path.is_file()
