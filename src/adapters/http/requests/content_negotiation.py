"""Content negotiation between HTML and JSON by the `Accept` header (RFC 9110, 12.5.1)."""


def prefers_html(accept: str) -> bool:
    """True if the `Accept` header prefers HTML to JSON.

    HTML has to be named: every program sends `*/*`.
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
    except ValueError:  # not a number: not acceptable
        return media_range, 0.0
