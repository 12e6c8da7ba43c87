"""CPU time and memory of a process and all that it started, as Linux tells."""

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

# Source: proc(5), /proc/[pid]/stat, counted from the field behind the name of the program: state is 0.
_PARENT, _USER_TICKS, _RESIDENT_PAGES = 1, 11, 21


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its descendants, those included that have ended."""
    ticks = (sum(map(int, _stat(number)[_USER_TICKS : _USER_TICKS + 4])) for number in process_tree(pid))
    return sum(ticks) / _TICKS_A_SECOND


def resident_megabytes(pid: int) -> float:
    """Memory that a process and its descendants have in RAM; what they share counts once for each."""
    return sum(int(_stat(number)[_RESIDENT_PAGES]) for number in process_tree(pid)) * _PAGE_BYTES / 1_000_000


def has_loaded(pid: int, library: str) -> bool:
    """True if a file whose name begins so is mapped into a process or one of its descendants."""
    return any(f"/{library}" in Path(f"/proc/{number}/maps").read_text() for number in process_tree(pid))


def process_tree(pid: int) -> list[int]:
    """A process and its descendants."""
    parents = dict(_parents())
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                yield int(entry.name), int(_stat(int(entry.name))[_PARENT])
            except (OSError, IndexError):  # it has just ended
                continue


def _stat(pid: int) -> list[str]:
    # The name of the program is in parentheses and may hold anything.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
