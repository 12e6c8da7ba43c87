"""The caller of a use case: somebody with a key, or anybody where no key is needed."""

from dataclasses import dataclass
from enum import StrEnum

from domain.access.owner import DEFAULT_OWNER, Owner
from domain.errors import InsufficientScope, InvalidField
from domain.priority import Priority


class Scope(StrEnum):
    """A kind of requests.

    - submit: submit, cancel, retry and delete predictions.
    - read: look predictions up.
    - admin: see the state of the service as a whole.
    """

    SUBMIT = "submit"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class CallerLimits:
    """Limits of a caller. None stands for the limit of the service, where it has one.

    Args:
        rate_per_minute: pictures a minute, on average.
        burst: pictures at once.
        max_queued: pictures of the owner that wait.
        max_priority: highest priority of a picture.
    """

    rate_per_minute: int | None = None
    burst: int | None = None
    max_queued: int | None = None
    max_priority: Priority | None = None


NO_LIMITS = CallerLimits()


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a use case.

    Args:
        owner: whose predictions it sees and submits.
        scopes: requests that it may make.
        limits: its own limits.
    """

    owner: Owner
    scopes: frozenset[Scope]
    limits: CallerLimits = NO_LIMITS

    def require(self, scope: Scope) -> None:
        """Raise `InsufficientScope` unless requests of this kind are allowed."""
        if scope not in self.scopes:
            raise InsufficientScope(f"The API key lacks the scope {scope}.")

    def check_priority(self, priority: Priority) -> None:
        """Raise `InvalidField` for a priority above the caller's."""
        highest = self.limits.max_priority
        if highest is not None and priority.level > highest.level:
            raise InvalidField("priority", f"The API key allows a priority of {highest.level} at most.")


# Anybody, where no key is needed.
ANYBODY = Caller(DEFAULT_OWNER, frozenset(Scope))
