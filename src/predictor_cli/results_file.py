"""CSV file with the results of a bulk submission, from which another run continues."""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TextIO


class NotAResultsFile(Exception):
    """Raised when an existing file is not a CSV file of this command. It is not changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Result of one picture; empty fields are unknown or do not apply.

    Args:
        key: idempotency key of the submission; it depends on the file, its content and the options.
    """

    file: str
    uuid: str = ""
    status: str = ""
    prediction: str = ""
    score: str = ""
    error: str = ""
    key: str = ""


HEADER = tuple(field.name for field in fields(Row))


class ResultsFile:
    """CSV file with one row for each picture. It holds every recorded row, even if the process is killed.

    A row is appended at once. A newer row of the same picture replaces an older one; both are in the file until it is
    closed, and then it is rewritten. An existing file is read at once, which raises `NotAResultsFile` or OSError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._rows = {row.file: row for row in _read(self._path)}
        self._file: TextIO = io.StringIO()

    def has_label(self, file: str, key: str) -> bool:
        """True if the label of this file with this idempotency key is known."""
        row = self._rows.get(file)
        return row is not None and (row.status, row.key) == ("succeeded", key)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Context in which rows can be recorded. A line that a killed process left incomplete is removed first."""
        self._rewrite()
        try:
            with _opened(self._path, "a") as self._file:
                yield
        finally:
            self._rewrite()

    def record(self, row: Row) -> None:
        self._rows[row.file] = row
        self._file.write(_lines([row]))
        self._file.flush()

    def _rewrite(self) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        with _opened(new, "w") as file:
            csv.writer(file, lineterminator="\n").writerow(HEADER)
            file.write(_lines(self._rows.values()))
        new.replace(self._path)


def _read(path: Path) -> Iterator[Row]:
    if not path.exists():
        return
    with _opened(path, "r") as file:
        lines = csv.reader(file)
        if tuple(next(lines, HEADER)) != HEADER:
            raise NotAResultsFile
        yield from (Row(**dict(zip(HEADER, line, strict=True))) for line in lines if len(line) == len(HEADER))


def _lines(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(astuple(row) for row in rows)
    return text.getvalue()


def _opened(path: Path, mode: str) -> TextIO:
    # A file name need not be valid UTF-8; surrogateescape preserves it.
    return path.open(mode, encoding="utf-8", errors="surrogateescape", newline="")  # type: ignore[return-value]
