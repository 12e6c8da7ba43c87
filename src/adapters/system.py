"""Time-ordered ids."""

from uuid import UUID

from uuid_utils.compat import uuid7

from application.ports.system import Ids


class TimeOrderedIds(Ids):
    """Uuids of version 7 (RFC 9562): sorted by time, so that a primary key grows at its end only."""

    def new(self) -> UUID:
        return uuid7()
