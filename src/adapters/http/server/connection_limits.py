"""Limits of the connections of a process."""

from dataclasses import dataclass
from typing import ClassVar

# A limit of a thousand descriptors, as most systems set it, leaves 900; a container's limit leaves all of them. Each
# connection holds up to 50 kB while its request is answered, so that all together stay at 200 MB.
_MOST = 4000
# Beside the connections: the database's, the broker's, pictures being written, webhooks, and answers that linger.
_RESERVED_DESCRIPTORS = 160


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of the connections of a process.

    Args:
        max_connections: connections that are served at once.
        max_header_bytes: maximum size of a request's line and headers together.
        header_timeout: seconds in which the head of a request has to arrive, from the connection or its first byte.
        write_timeout: seconds in which a client has to take what the server holds for it, a few 10 kB.
    """

    max_connections: int = _MOST
    max_header_bytes: int = 32_768
    header_timeout: float = 10.0
    write_timeout: float = 30.0

    # A header of five bytes takes 130 in memory. Browsers send 20 headers, with proxies in between some more.
    MAX_HEADERS: ClassVar[int] = 128
    # Requests that wait behind the one being answered. Only test tools send any.
    MAX_PIPELINED: ClassVar[int] = 16
    # Connections that are refused and get this long to read why. They are not among `max_connections`.
    MAX_LINGERING: ClassVar[int] = 64
    LINGER_SECONDS: ClassVar[float] = 2.0
    # What they may still send meanwhile: most clients read only after they have sent.
    LINGER_BYTES: ClassVar[int] = 8 * 1024 * 1024


def connections_within(descriptors: int, wanted: int | None = None) -> int:
    """Number of connections that a process can serve.

    Args:
        descriptors: file descriptors that it may open; negative for any number.
        wanted: the most that are wanted; None for a number that suits most.
    """
    most = _MOST if wanted is None else wanted
    return most if descriptors < 0 else min(most, max(descriptors // 4, descriptors - _RESERVED_DESCRIPTORS))
