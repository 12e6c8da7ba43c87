"""Parameters in the path of a request."""

from uuid import UUID

from domain.errors import PredictionNotFound


def parse_uuid(text: str) -> UUID:
    """Parse the uuid in a path; a malformed one is reported like an unknown one.

    Raises:
        PredictionNotFound: it is malformed.
    """
    try:
        uuid = UUID(text)
    except ValueError:
        raise PredictionNotFound from None
    if str(uuid) != text.lower():  # `UUID` also takes braces, urn:uuid: and missing hyphens
        raise PredictionNotFound
    return uuid
