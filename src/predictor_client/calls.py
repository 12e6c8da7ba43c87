"""Description of one request to the service, independent of the kind of I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Repeat(Enum):
    """Condition under which a failed request may be sent again."""

    NEVER = "never"
    # Only if the service did not process it: the request never arrived, or was refused for the moment.
    IF_NOT_DONE = "if not done"
    # Also after a lost connection: the request is idempotent.
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request.

    Args:
        server_wait: seconds that the service was asked to wait for a result, in addition to the client's timeout.
        accepted: HTTP statuses of success; every other one is an error.
        repeat: condition under which it may be sent again.
        pause: seconds to wait before it is sent.
    """

    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    server_wait: float = 0.0
    accepted: frozenset[int] = frozenset({200})
    repeat: Repeat = Repeat.ALWAYS
    pause: float = 0.0
