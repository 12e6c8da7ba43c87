"""Headers about the rate of an owner (draft-ietf-httpapi-ratelimit-headers)."""

from math import ceil

from domain.access.rate import RateLimit

_POLICY = "pictures"


def rate_headers(limit: RateLimit, left: int) -> dict[str, str]:
    """Build the headers of an answer.

    Args:
        limit: the rate; its quota is what may be submitted at once, its window the time in which that comes back.
        left: pictures that may be submitted at once.
    """
    window = ceil(limit.burst * limit.interval.total_seconds())
    reset = ceil(max(0, limit.burst - left) * limit.interval.total_seconds())
    return {
        "RateLimit-Policy": f'"{_POLICY}";q={limit.burst};w={window}',
        "RateLimit": f'"{_POLICY}";r={max(0, left)};t={reset}',
    }
