"""Limits of the operating system for a process."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress

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
