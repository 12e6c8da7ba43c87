"""Time that a client wants to wait: `Prefer: wait` (RFC 7240) or the query parameter `wait`."""

import math
import re

from adapters.http.requests.request_errors import FieldProblem, InvalidFields

# RFC 7240, section 4.3: Prefer: wait=SECONDS, perhaps among other preferences.
_PREFER_WAIT = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])', re.IGNORECASE)


def preferred_wait(header: str, cap: float) -> float | None:
    """The seconds of ``wait`` in a ``Prefer`` header, at most `cap`; None if it has no valid ``wait``.

    Unknown and invalid preferences are ignored (RFC 7240, section 2).
    """
    found = _PREFER_WAIT.search(header)
    return min(float(found[1]), cap) if found else None


def queried_wait(text: str | None, cap: float) -> float:
    """The seconds of the query parameter ``wait``, at most `cap`; 0 where it is missing.

    Raises:
        InvalidFields: it is not a number of seconds.
    """
    if text is None:
        return 0.0
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise InvalidFields([FieldProblem("wait", "The field wait is not a number of seconds.")])
    return min(seconds, cap)
