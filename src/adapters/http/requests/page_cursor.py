"""Where a page of the list begins."""

import base64
from uuid import UUID

from domain.errors import InvalidField


def cursor_after(uuid: UUID) -> str:
    """The cursor of the page that begins after this prediction, safe in a URL. Clients are not to look into it."""
    return base64.urlsafe_b64encode(uuid.bytes).rstrip(b"=").decode()


def parse_cursor(cursor: str) -> UUID:
    """After which prediction the page with this cursor begins.

    Raises:
        InvalidField: no page has this cursor.
    """
    try:
        uuid = UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except ValueError:  # also where it is not ASCII, not base64, or not as long
        uuid = None
    # Decoding skips characters it does not know.
    if uuid is None or cursor_after(uuid) != cursor:
        raise InvalidField("cursor", "The cursor is not one that this service gave out.")
    return uuid
