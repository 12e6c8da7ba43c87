"""Limits of the operating system for a process."""

import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Fewer than any process has: it keeps what it has open, and opens nothing more.
NO_MORE = 3


@contextmanager
def limited(pid: int, limit: int, of: int = resource.RLIMIT_NOFILE) -> Iterator[None]:
    """Lower a limit of a process until the context is left.

    Args:
        pid: its number; 0 for this process.
        limit: what `of` is lowered to.
        of: a `resource.RLIMIT_...`; without it the number of its file descriptors.
    """
    before = resource.prlimit(pid, of)
    resource.prlimit(pid, of, (limit, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, of, before)


@contextmanager
def without_memory(pid: int, spare: int) -> Iterator[None]:
    """Let a process have no more than `spare` bytes of memory beside what it has, until the context is left.

    Args:
        pid: its number; 0 for this process.
        spare: what is in its hands already can be more: memory that it has freed and not given back.
    """
    status = Path(f"/proc/{pid or 'self'}/status").read_text()
    found = re.search(r"VmSize:\s+(\d+) kB", status)
    assert found
    with limited(pid, 1024 * int(found[1]) + spare, resource.RLIMIT_AS):
        yield
