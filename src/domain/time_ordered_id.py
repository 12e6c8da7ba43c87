"""The time in a time-ordered uuid (version 7, RFC 9562)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = 7
# Below the 48 bits of the milliseconds are the version, the variant and 74 random bits.
_TIME_SHIFT = 80


def time_of(uuid: UUID) -> datetime | None:
    """Time at which the uuid was generated, in whole milliseconds; None where it is of another version."""
    return _EPOCH + timedelta(milliseconds=uuid.int >> _TIME_SHIFT) if uuid.version == _VERSION else None


def first_uuid_at(moment: datetime) -> UUID:
    """Lower bound of the uuids that are generated at `moment` or later; those from before are smaller."""
    milliseconds = max(0, (moment - _EPOCH) // timedelta(milliseconds=1))
    return UUID(int=milliseconds << _TIME_SHIFT)
