"""Names of lanes: the deliveries of one owner to one host share a lane."""

import hashlib

from domain.access.owner import Owner

# An index of every supported database takes a name of this length: an owner, a sign and a host.
MAX_LANE_LENGTH = 190
_MAX_HOST_LENGTH = MAX_LANE_LENGTH - Owner.MAX_LENGTH - 1


def lane_key(owner: Owner, host: str) -> str:
    """Name of the lane of `owner` to `host`, ASCII of at most `MAX_LANE_LENGTH` characters.

    Neither contains an ``@``, so that two pairs never share a name. A digest stands for a long host.
    """
    if len(host) > _MAX_HOST_LENGTH:
        host = "sha256:" + hashlib.sha256(host.encode()).hexdigest()
    return f"{owner}@{host}"


def owner_of_lane(lane: str) -> str:
    """Name of the owner of a lane."""
    return lane.partition("@")[0]
