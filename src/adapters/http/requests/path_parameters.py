"""What the paths of requests say."""

from uuid import UUID

from domain.errors import PredictionNotFound


def parse_uuid(text: str) -> UUID:
    """The uuid in a path. A malformed one is as unknown as any other that was never given out.

    Raises:
        PredictionNotFound: it is malformed.
    """
    try:
        uuid = UUID(text)
    except ValueError:
        raise PredictionNotFound from None
    if str(uuid) != text.lower():  # braces, urn:uuid: and missing hyphens are no address of ours
        raise PredictionNotFound
    return uuid
