"""Libraries for LD_PRELOAD, which make a process believe that its machine is worse than it is."""

import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

_SOURCES = Path(__file__).parent / "preloads"
_folder = tempfile.TemporaryDirectory(prefix="predictor-preloads-")


def missing_compiler() -> str | None:
    """The reason that no library can be made here; None if one can."""
    return None if sys.platform == "linux" and shutil.which("cc") else "a C compiler on Linux is not installed"


@cache
def library(name: str) -> Path:
    """Compile ``preloads/NAME.c``; the library is there until this process ends."""
    made = Path(_folder.name) / f"{name}.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", made, _SOURCES / f"{name}.c", "-ldl"], check=True)
    return made


def with_clock(seconds: int, *command: str | Path) -> list[str | Path]:
    """`command` in a process whose machine's clock is `seconds` ahead, or behind if that is negative.

    libfaketime is not used: it changes waiting as well, and then Python stands still after a while.
    """
    return ["env", f"LD_PRELOAD={library('wrong_clock')}", f"WRONG_CLOCK={seconds}", *command]
