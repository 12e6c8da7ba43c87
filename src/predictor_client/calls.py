"""One request to the service, as a value: what is asked, not how it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Repeat(Enum):
    """When a request may be sent again after a failure."""

    NEVER = "never"
    # The service refused it for now, or it never got there.
    IF_NOT_DONE = "if not done"
    # Also when the connection broke off and nobody knows how far it got: twice is the same as once.
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request.

    Args:
        patience: seconds that the service may take by agreement, on top of the client's time-out.
        accepted: the statuses that are an answer; every other one is a refusal.
        pause: seconds to let pass before it is sent.
    """

    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    patience: float = 0.0
    accepted: frozenset[int] = frozenset({200})
    repeat: Repeat = Repeat.ALWAYS
    pause: float = 0.0
