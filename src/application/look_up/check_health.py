"""Check the health of the service."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.health_check import HealthCheck
from domain.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Health:
    """Health of the service.

    Args:
        parts: each part by name, with its problem or None.
        is_ready: True if a picture submitted now would be accepted.
    """

    parts: dict[str, Unavailable | None]
    is_ready: bool


@dataclass(frozen=True, kw_only=True)
class CheckHealth:
    """Readiness, part by part.

    Ready means that a picture submitted now would be accepted. Each part is named with `ok` or with its problem.
    Background work that fails unexpectedly is named as well, while it does; pictures are accepted all the same. A disk
    that is almost full is named, too, and leaves the service ready: new pictures are refused with 507, but what is
    there can be read, and deleted, which makes room.
    """

    checks: Sequence[HealthCheck]
    background: Sequence[HealthCheck] = ()

    def execute(self) -> Health:
        """Check every part."""
        needed = {check.name: _problem(check) for check in self.checks}
        failing = {check.name: problem for check in self.background if (problem := _problem(check))}
        return Health({**needed, **failing}, is_ready=not any(needed.values()))


def _problem(check: HealthCheck) -> Unavailable | None:
    try:
        check.check()
    except Unavailable as problem:
        return problem
    return None
