"""The CSV file of a submission: what came of each picture, and so what is left to do."""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TextIO


class NotALedger(Exception):
    """The file is something else, and stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of a picture.

    Args:
        key: names the submission to the service; that of another file, content or option is another one.
    """

    file: str
    uuid: str = ""
    status: str = ""
    prediction: str = ""
    score: str = ""
    error: str = ""
    key: str = ""


HEADER = tuple(field.name for field in fields(Row))


class Ledger:
    """A row for each file. Whenever the process dies, the file on disk holds every row that was recorded.

    A row is appended at once. Where it takes the place of an older one, both are there until the end, and the later
    one counts; in the end each file has one.
    """

    def __init__(self, path: Path) -> None:
        """Read what there is.

        Raises:
            NotALedger: the file at `path` is no CSV of this command.
            OSError: it cannot be read.
        """
        self._path = path.resolve()
        self._rows = {row.file: row for row in _read(self._path)}
        self._end: TextIO = io.StringIO()

    def has_label(self, file: str, key: str) -> bool:
        """Whether nothing is left to do for this file."""
        row = self._rows.get(file)
        return row is not None and (row.status, row.key) == ("succeeded", key)

    @contextmanager
    def open(self) -> Iterator[None]:
        """While rows are recorded. A line that a killed process left half written is gone then."""
        self._write_anew()
        try:
            with _opened(self._path, "a") as self._end:
                yield
        finally:
            self._write_anew()

    def record(self, row: Row) -> None:
        """Write a row."""
        self._rows[row.file] = row
        self._end.write(_lines([row]))
        self._end.flush()

    def _write_anew(self) -> None:
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
            raise NotALedger
        yield from (Row(**dict(zip(HEADER, line, strict=True))) for line in lines if len(line) == len(HEADER))


def _lines(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(astuple(row) for row in rows)
    return text.getvalue()


def _opened(path: Path, mode: str) -> TextIO:
    # Names of files need not be text; what is not comes through as it was.
    return path.open(mode, encoding="utf-8", errors="surrogateescape", newline="")  # type: ignore[return-value]
