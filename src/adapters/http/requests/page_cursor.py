"""Cursor of a page of the list: the uuid of the last prediction before it, as base64."""

import base64
from uuid import UUID

from domain.errors import InvalidField


def cursor_after(uuid: UUID) -> str:
    """Encode the cursor of the page that begins after this prediction, safe in a URL and opaque to clients."""
    return base64.urlsafe_b64encode(uuid.bytes).rstrip(b"=").decode()


def parse_cursor(cursor: str) -> UUID:
    """Decode a cursor to the uuid of the prediction after which its page begins.

    Raises:
        InvalidField: it is not a cursor of this service.
    """
    try:
        uuid = UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except ValueError:  # not ASCII, not base64, or of another length
        uuid = None
    # Decoding skips characters it does not know.
    if uuid is None or cursor_after(uuid) != cursor:
        raise InvalidField("cursor", "The cursor is not one that this service gave out.")
    return uuid
