"""The pictures that wait, as far as this process knows, and their limits."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from application.admission.drain_rate import DrainRate
from application.ports.database.backlog import BacklogReader
from domain.access.caller import Caller
from domain.access.owner import Owner
from domain.errors import BacklogFull, QueueFull
from domain.prediction_state import StateChange

# So few pictures are done before anybody has measured how fast.
_ALWAYS_TAKEN = 64
# For a client that waits until there is room again. Nobody knows when that is while nothing is finished.
_RETRY_UNKNOWN = timedelta(seconds=5)
_RETRY_MOST = timedelta(seconds=60)
# Pause after a reading, as a multiple of its own time: a long backlog costs no more than this part of a core.
_PAUSE = 20
# Weight of the newest picture in the average size.
_NEWEST = 0.01


@dataclass(frozen=True, slots=True)
class BacklogLimits:
    """Limits of the pictures that wait.

    Args:
        pictures: maximum number.
        pictures_of_owner: maximum number of one owner.
        size: maximum size in bytes, by the average of the pictures that came last.
        wait: longest time that a picture should have to wait, by the rate at which pictures are done.
    """

    pictures: int
    pictures_of_owner: int
    size: int
    wait: timedelta


class Backlog:
    """The pictures that wait: read from the database now and then, and counted from there on. Thread-safe.

    Args:
        limits: of what waits.
        reader: counts the rows.
        monotonic: tells the time in seconds.
    """

    def __init__(self, limits: BacklogLimits, reader: BacklogReader, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._reader = reader
        self._drain = DrainRate(monotonic)
        self._lock = threading.Lock()
        self._read: Mapping[Owner, int] = {}
        self._admitted: Counter[Owner] = Counter()
        self._finished_before = 0
        self._average_size = 0.0
        self._monotonic = monotonic
        self._read_again_at = 0.0

    def refresh(self) -> None:
        """Read the number of waiting pictures from the database, unless the last reading was dear and not long ago.

        Raises:
            DatabaseUnavailable: the database cannot be reached; what was known before counts on.
        """
        began = self._monotonic()
        if began < self._read_again_at:
            return
        finished = self._drain.finished
        with self._lock:
            before = Counter(self._admitted)
        read = self._reader.waiting()
        with self._lock:
            self._read = read
            # Pictures admitted during the reading may be in it or not: they count once more until the next one.
            self._admitted.subtract(before)
            self._admitted = +self._admitted
            self._finished_before = finished
        self._drain.note_waiting(sum(read.values()))
        self._read_again_at = began + _PAUSE * (self._monotonic() - began)

    def note_admitted(self, owner: Owner, count: int, size: float | None) -> None:
        """Note that pictures were admitted. Those that are refused in the end are corrected by the next reading.

        Args:
            owner: of the pictures.
            count: number of pictures.
            size: average size in bytes; None where it is not known.
        """
        with self._lock:
            self._admitted[owner] += count
            if size is not None:
                part = 1.0 if self._average_size == 0 else _NEWEST
                self._average_size += (size - self._average_size) * part

    def note_changes(self, changes: Sequence[StateChange]) -> None:
        """Note changes of states, as they are announced."""
        self._drain.note(changes)

    def check(self, caller: Caller, count: int = 1) -> None:
        """Check that there is room for `count` more pictures of the caller.

        Raises:
            BacklogFull: the owner has its share of the room.
            QueueFull: there is no room for anybody.
        """
        with self._lock:
            own = self._read.get(caller.owner, 0) + self._admitted[caller.owner]
            done = max(0, self._drain.finished - self._finished_before)
            waiting = max(0, sum(self._read.values()) + self._admitted.total() - done)
            owners = len(self._read.keys() | +self._admitted | {caller.owner})
            average_size = self._average_size
        self._drain.note_waiting(waiting)
        if waiting + count > self._limits.pictures or (waiting + count) * average_size > self._limits.size:
            raise QueueFull(self._time_until_done(count))
        self._check_share(caller, own, count)
        if owners == 1:
            own = min(own, waiting)
        self._check_wait(own + count, owners)

    def _check_share(self, caller: Caller, own: int, count: int) -> None:
        own_limit = caller.limits.max_queued
        share = self._limits.pictures_of_owner if own_limit is None else min(own_limit, self._limits.pictures)
        if own + count > share:
            raise BacklogFull(self._time_until_done(own + count - share))

    def _check_wait(self, own: int, owners: int) -> None:
        """Owners take turns: the pictures of one wait for as many of each other one at most."""
        per_second = self._drain.per_second
        if per_second == 0 or own <= _ALWAYS_TAKEN:
            return
        excess = own * owners / per_second - self._limits.wait.total_seconds()
        if excess > 0:
            retry_after = min(max(timedelta(seconds=excess), timedelta(seconds=1)), _RETRY_MOST)
            raise QueueFull(retry_after) if owners == 1 else BacklogFull(retry_after)

    def _time_until_done(self, count: int) -> timedelta:
        per_second = self._drain.per_second
        if per_second == 0:
            return _RETRY_UNKNOWN
        return min(max(timedelta(seconds=count / per_second), timedelta(seconds=1)), _RETRY_MOST)
