"""Looking at several things at once, for a bounded time."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import PredictorError

# The longest that a cause may be in a line.
_LONGEST_CAUSE = 200


class Trouble(Exception):
    """Something is wrong; the message says what."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    Args:
        name: what people call it.
        look: says how it is, or raises `Trouble` or a `PredictorError`. It may take for ever.
        hint: what to do when something is wrong.
    """

    name: str
    look: Callable[[], str]
    hint: str


@dataclass(frozen=True, slots=True)
class Finding:
    """How a thing is, in a line."""

    name: str
    text: str
    is_well: bool


def examine(checks: Sequence[Check], patience: float) -> Iterator[Finding]:
    """What was found, in the order of the checks; all of it within `patience` seconds."""
    found: dict[str, Finding] = {}

    def look(check: Check) -> None:
        found[check.name] = _finding(check)

    # Daemons: one that hangs must not keep the process alive.
    threads = [threading.Thread(target=look, args=(check,), daemon=True) for check in checks]
    for thread in threads:
        thread.start()
    until = time.monotonic() + patience
    for check, thread in zip(checks, threads, strict=True):
        thread.join(max(0.0, until - time.monotonic()))
        late = Finding(check.name, f"No answer within {patience:g} seconds. {check.hint}", is_well=False)
        yield found.get(check.name, late)


def _finding(check: Check) -> Finding:
    try:
        return Finding(check.name, check.look(), is_well=True)
    except (Trouble, PredictorError) as error:
        told = f"{error}{_because(error)}"
    except Exception as error:
        # Its message may hold what a setting holds, a password for instance.
        told = f"{type(error).__name__}."
    return Finding(check.name, f"{told} {check.hint}", is_well=False)


def _because(error: BaseException) -> str:
    cause = error.__cause__
    if cause is None:
        return ""
    # SQLAlchemy's errors quote the statement; the driver's own, behind it, says what is the matter.
    cause = getattr(cause, "orig", None) or cause
    last = cause.args[-1] if cause.args else cause
    # pika's errors are told by their names, which only repr() gives.
    said = str(last) or repr(last)
    return f" ({said.splitlines()[0][:_LONGEST_CAUSE]})"
