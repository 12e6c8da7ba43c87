"""How long a client wants to wait for its answer."""

import math
import re

from adapters.http.requests.request_errors import FieldProblem, InvalidFields

# RFC 7240, section 4.3: Prefer: wait=SECONDS, perhaps among other preferences.
_PREFER_WAIT = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])', re.IGNORECASE)


def preferred_wait(header: str, cap: float) -> float | None:
    """The seconds that a ``Prefer`` header asks to wait, at most `cap`; None where it asks nothing of the kind.

    A preference that is not understood is left alone, as the standard says.
    """
    found = _PREFER_WAIT.search(header)
    return min(float(found[1]), cap) if found else None


def queried_wait(text: str | None, cap: float) -> float:
    """The seconds of the query parameter ``wait``, at most `cap`; 0 where it is missing.

    Raises:
        InvalidFields: it is no number of seconds.
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
