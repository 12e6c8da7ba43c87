"""Processes whose machine's clock is wrong, by libfaketime. What counts durations stays right."""

import shutil
from pathlib import Path


def missing_faketime() -> str | None:
    """The reason that no process can be given a wrong clock here; None if one can."""
    return None if shutil.which("faketime") and _library() else "faketime is not installed"


def with_clock(seconds: int, *command: str | Path) -> list[str | Path]:
    """`command` in a process whose clock is `seconds` ahead, or behind if that is negative.

    The process is the command's own, so that signals reach it.
    """
    fake = (f"LD_PRELOAD={_library()}", f"FAKETIME={seconds:+d}", "FAKETIME_DONT_FAKE_MONOTONIC=1")
    return ["env", *fake, *command]


def _library() -> Path | None:
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
