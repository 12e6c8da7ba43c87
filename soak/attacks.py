"""Clients that try to hurt the service through their connections.

    python -m soak.attacks NAME URL SECONDS PATH_OF_A_LARGE_PICTURE

A process of their own, so that they do not slow down the clients that are measured. It prints what they got: the
number of answers by status, and of connections that were closed without one.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

# Path of a picture of 1 MB.
LARGE_ANSWER = sys.argv[4] if len(sys.argv) > 4 else "/docs"
_PIECE = b"a" * 65_536
_HEAD = b"POST /inference/%b HTTP/1.1\r\nHost: 127.0.0.1\r\n"


class Connection(NamedTuple):
    """One connection of an attacker."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, text: bytes = b"a") -> None:
        """Send a byte a second."""
        while not self.reader.at_eof():
            await self.send(text)
            await asyncio.sleep(1)


async def long_headers(it: Connection) -> None:
    """Send 400 MB of headers."""
    await it.send(_HEAD % b"image")
    for _ in range(400 * 16):
        await it.send(b"X: " + _PIECE + b"\r\n")


async def unfinished_bodies(it: Connection) -> None:
    """Send all of an 11 MB body but its end, 2 MB a second."""
    await it.send(_HEAD % b"images" + b"Content-Length: 11534336\r\n\r\n{")
    for _ in range(175):
        await it.send(_PIECE)
        await asyncio.sleep(0.03)
    await asyncio.sleep(3600)


async def slow_headers(it: Connection) -> None:
    """Send a byte of a header a second."""
    await it.send(_HEAD % b"image" + b"X: ")
    await it.drip()


async def slow_bodies(it: Connection) -> None:
    """Send a byte of a body a second."""
    await it.send(_HEAD % b"image" + b"Content-Length: 100000\r\n\r\n")
    await it.drip()


async def silence(_: Connection) -> None:
    """Say nothing."""
    await asyncio.sleep(3600)


async def dear_json(it: Connection) -> None:
    """Send 90,000 unknown fields; three clients do so once a second."""
    body = json.dumps({f"field{number:05}": 0 for number in range(90_000)}, separators=(",", ":")).encode()
    await it.send(_HEAD % b"image" + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    await asyncio.sleep(3600)


async def unread_answers(it: Connection) -> None:
    """Ask for sixteen pictures of 1 MB, and read none."""
    it.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
    await it.send(b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % LARGE_ANSWER.encode() * 16)
    await asyncio.sleep(3600)


class Attack(NamedTuple):
    """An attack, and the number of connections that it has at once."""

    play: Callable[[Connection], Awaitable[None]]
    connections: int


ATTACKS = {
    "long headers": Attack(long_headers, 1),
    "unfinished bodies": Attack(unfinished_bodies, 200),
    "slow headers": Attack(slow_headers, 500),
    "slow bodies": Attack(slow_bodies, 500),
    "silence": Attack(silence, 1000),
    "dear JSON": Attack(dear_json, 3),
    "unread answers": Attack(unread_answers, 100),
}
# Between the end of a connection and the next one.
_PAUSE_SECONDS = 1.0


async def attack(name: str, url: str, seconds: float) -> Counter[str]:
    """Play an attack for some seconds, and return what the attackers got."""
    chosen, got = ATTACKS[name], Counter[str]()
    players = [asyncio.create_task(_again_and_again(chosen.play, url, got)) for _ in range(chosen.connections)]
    await asyncio.wait(players, timeout=seconds)
    for player in players:
        player.cancel()
    await asyncio.gather(*players, return_exceptions=True)
    return got


async def _again_and_again(play: Callable[[Connection], Awaitable[None]], url: str, got: Counter[str]) -> None:
    while True:
        got[await _once(play, url)] += 1
        await asyncio.sleep(_PAUSE_SECONDS)


async def _once(play: Callable[[Connection], Awaitable[None]], url: str) -> str:
    parts = urlsplit(url)
    try:
        it = Connection(*await asyncio.open_connection(parts.hostname, parts.port))
    except OSError:
        return "not connected"
    playing = asyncio.create_task(_play(play, it))
    try:
        answer = await it.reader.read(65_536)
    except OSError:
        return "reset"
    finally:
        playing.cancel()
        with suppress(OSError):
            it.writer.transport.abort()
    return answer.split()[1].decode() if answer else "closed"


async def _play(play: Callable[[Connection], Awaitable[None]], it: Connection) -> None:
    with suppress(OSError):
        await play(it)


if __name__ == "__main__":
    _, chosen_name, target, duration, _large = sys.argv
    sys.stdout.write(json.dumps(asyncio.run(attack(chosen_name, target, float(duration)))) + "\n")
