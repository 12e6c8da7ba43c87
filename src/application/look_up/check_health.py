"""Whether the service can do its work."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.health_check import HealthCheck
from domain.errors import Unavailable


@dataclass(frozen=True, kw_only=True)
class CheckHealth:
    """Readiness, part by part.

    Ready means that a picture submitted now would be accepted. Each part is named with `ok` or with what is
    the matter with it.
    """

    checks: Sequence[HealthCheck]

    def execute(self) -> dict[str, Unavailable | None]:
        """Check every part.

        Returns:
            the parts by name, each with what is the matter with it or None.
        """
        return {check.name: _problem(check) for check in self.checks}


def _problem(check: HealthCheck) -> Unavailable | None:
    try:
        check.check()
    except Unavailable as problem:
        return problem
    return None
