"""HTTP over plain sockets, for what no HTTP library would send."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

# Enough for a busy machine; every answer that is waited for comes sooner, or the connection is closed.
TIMEOUT_SECONDS = 20.0


class RawAnswer(NamedTuple):
    """What a server sent until it closed the connection, or until nothing more came."""

    text: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """The status of each answer."""
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", self.text)]


def connect(url: str) -> socket.socket:
    """Connect to the server at `url`."""
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), TIMEOUT_SECONDS)


@contextmanager
def connections(url: str, count: int) -> Iterator[list[socket.socket]]:
    """So many connections, closed in the end."""
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            opened.append(connect(url))
        yield opened
    finally:
        for connection in opened:
            connection.close()


def read(connection: socket.socket, seconds: float = TIMEOUT_SECONDS) -> RawAnswer:
    """Read until the server closes the connection or the time is over."""
    text, give_up_at = b"", time.monotonic() + seconds
    while (left := give_up_at - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            piece = connection.recv(65_536)
        except TimeoutError:
            break
        except ConnectionError:
            return RawAnswer(text, closed=True)
        if not piece:
            return RawAnswer(text, closed=True)
        text += piece
    return RawAnswer(text, closed=False)


def talk(url: str, *pieces: bytes, pause: float = 0.0, seconds: float = TIMEOUT_SECONDS) -> RawAnswer:
    """Send some pieces on a connection, and read what comes."""
    with connect(url) as connection:
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        return read(connection, seconds)
