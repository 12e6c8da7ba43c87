"""Clients that submit pictures at a steady rate."""

import itertools
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

from soak.ledger import Ledger
from soak.pictures import Picture

_HEADERS = {"Content-Type": "image/jpeg"}
# More than the API ever has in hand at the rates used here, so that a slow answer does not hold back the next post.
_CLIENTS = 16
# 200 comes with the result, where that of an earlier prediction is reused.
_ACCEPTED = (202, 200)


@dataclass(frozen=True, slots=True)
class Answer:
    """A post's answer: when it was due, seconds until it came, and its status; 0 for a broken connection."""

    at: float
    seconds: float
    status: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Rate of the posts, and its bounds: posts a second, most accepted ones, most seconds."""

    rate: float
    most: int = 10_000
    seconds: float = 300.0


class Load:
    """Posts pictures at a steady pace, whether answers come or not, while the context is entered.

    Args:
        urls: where to, in turn; the next one is tried where nobody listens, as a load balancer does. May change
            meanwhile.
        ledger: gets what was accepted.
        pictures: what to send, in turn.
        pace: how fast, and for how long.
        keep_alive: False for a connection for each request, as load balancers make them.
    """

    def __init__(
        self, urls: Sequence[str], ledger: Ledger, pictures: Sequence[Picture], pace: Pace, *, keep_alive: bool = True
    ) -> None:
        self._urls = urls
        self._ledger = ledger
        self._pictures = pictures
        self._pace = pace
        self._kept = _CLIENTS if keep_alive else 0
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self._began = 0.0
        self._threads = [threading.Thread(target=self._post_until_stopped, daemon=True) for _ in range(_CLIENTS)]
        self.answers: list[Answer] = []

    def __enter__(self) -> Self:
        self._began = time.time()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop sending, and wait for the answers that are under way."""
        self._stopping.set()
        self.wait()

    def wait(self) -> None:
        """Return when as many were accepted as the pace has, or its time is over."""
        for thread in self._threads:
            thread.join()

    @property
    def is_over(self) -> bool:
        """True if nothing more is sent."""
        return not any(thread.is_alive() for thread in self._threads)

    def seconds(self, since: float = 0.0, until: float = float("inf")) -> list[float]:
        """Durations of the accepted posts of a time span."""
        return [a.seconds for a in self.answers if a.status in _ACCEPTED and since <= a.at < until]

    def refusals(self) -> dict[int, int]:
        """Number of posts that were not accepted, by status."""
        statuses = [answer.status for answer in self.answers if answer.status not in _ACCEPTED]
        return {status: statuses.count(status) for status in sorted(set(statuses))}

    def _post_until_stopped(self) -> None:
        with httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=self._kept)) as client:
            while not self._stopping.is_set():
                number = next(self._numbers)
                due = self._began + number / self._pace.rate
                if due > self._began + self._pace.seconds or len(self._ledger) >= self._pace.most:
                    return
                self._stopping.wait(max(0.0, due - time.time()))
                self._post(client, number, due)

    def _post(self, client: httpx.Client, number: int, due: float) -> None:
        picture = self._pictures[number % len(self._pictures)]
        response = self._send(client, number, picture.data)
        status = response.status_code if response else 0
        # From the moment it was due: what waits for a client that waits for the server counts as waiting.
        self.answers.append(Answer(due, time.time() - due, status))
        if response and status in _ACCEPTED:
            self._ledger.write(response.json()["uuid"], picture.expected)

    def _send(self, client: httpx.Client, number: int, image: bytes) -> httpx.Response | None:
        # All priorities in turn, so that each queue has something to lose.
        urls, params = tuple(self._urls), {"priority": number % 10}
        for url in itertools.islice(itertools.cycle(urls), number % len(urls), number % len(urls) + len(urls)):
            with suppress(httpx.ConnectError):
                try:
                    return client.post(f"{url}/inference/image", params=params, content=image, headers=_HEADERS)
                except (httpx.NetworkError, httpx.ProtocolError, httpx.TimeoutException) as error:
                    if isinstance(error, httpx.ConnectError):
                        raise
                    return None
        return None
