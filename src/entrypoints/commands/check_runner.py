"""Runs several checks at once, with a time limit."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import PredictorError

# Longer causes are cut off, so that a result stays one readable line.
_MAX_CAUSE_LENGTH = 200


class CheckFailed(Exception):
    """Raised when a part does not work; the message tells the problem in a sentence."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check of one part of the service.

    Args:
        name: name of the part.
        run: describes a part that works, and raises `CheckFailed` or a `PredictorError` otherwise. It may block.
        hint: advice for a part that does not work.
    """

    name: str
    run: Callable[[], str]
    hint: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of a check, in one line."""

    name: str
    text: str
    passed: bool


def run_checks(checks: Sequence[Check], timeout: float) -> Iterator[CheckResult]:
    """Run all checks at once.

    Args:
        checks: the checks.
        timeout: seconds after which a check that has not ended counts as failed.

    Returns:
        the results, in the order of the checks.
    """
    results: dict[str, CheckResult] = {}

    def run(check: Check) -> None:
        results[check.name] = _result(check)

    # Daemon threads, because a check that blocks must not keep the process alive.
    threads = [threading.Thread(target=run, args=(check,), daemon=True) for check in checks]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + timeout
    for check, thread in zip(checks, threads, strict=True):
        thread.join(max(0.0, deadline - time.monotonic()))
        late = CheckResult(check.name, f"No answer within {timeout:g} seconds. {check.hint}", passed=False)
        yield results.get(check.name, late)


def _result(check: Check) -> CheckResult:
    try:
        return CheckResult(check.name, check.run(), passed=True)
    except (CheckFailed, PredictorError) as error:
        problem = f"{error}{cause_of(error)}"
    except Exception as error:
        # Its message may repeat the value of a setting, such as a password.
        problem = f"{type(error).__name__}."
    return CheckResult(check.name, f"{problem} {check.hint}", passed=False)


def cause_of(error: BaseException) -> str:
    """The first line of what caused the error, in brackets; empty where nothing is known."""
    cause = error.__cause__
    if cause is None:
        return ""
    # SQLAlchemy's errors quote the statement; the driver's own error behind it names the problem.
    cause = getattr(cause, "orig", None) or cause
    last = cause.args[-1] if cause.args else cause
    # pika's errors have no message; only repr() names them.
    message = str(last) or repr(last)
    return f" ({message.splitlines()[0][:_MAX_CAUSE_LENGTH]})"
