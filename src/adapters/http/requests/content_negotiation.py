"""Which of two representations a client prefers (RFC 9110, 12.5.1)."""


def prefers_html(accept: str) -> bool:
    """Whether the client with this `Accept` header wants a page for people rather than JSON.

    It has to say so by name: `*/*`, which every program sends, is none the wiser.
    """
    weights = dict(_weights(accept))
    page = weights.get("text/html", weights.get("text/*", 0.0))
    data = weights.get("application/json", weights.get("application/*", weights.get("*/*", 0.0)))
    return page > 0 and page >= data


def _weights(accept: str) -> list[tuple[str, float]]:
    return [_weight(part) for part in accept.lower().split(",")]


def _weight(part: str) -> tuple[str, float]:
    media_range, *parameters = (piece.strip() for piece in part.split(";"))
    weights = (parameter[2:] for parameter in parameters if parameter.startswith("q="))
    try:
        return media_range, float(next(weights, "1"))
    except ValueError:  # not a number: as good as not wanted
        return media_range, 0.0
