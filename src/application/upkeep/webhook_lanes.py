"""Turns of the lanes of webhooks in one process."""

import itertools
import threading
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.webhooks.lane import LaneHealth, LaneRules
from domain.webhooks.lane_key import owner_of_lane
from domain.webhooks.webhook_delivery import DeliveryOutcome

# Share of the senders that lanes of one standing may hold: strangers who name a new dead host with every picture leave
# the others to receivers that are known to answer, and those leave some to a new receiver.
_SHARE = 0.75
# Share of the senders that lanes of one owner may hold while they are not known to answer: somebody else's new receiver
# finds a sender at once, however many dead hosts the owner names.
_OWNER_SHARE = 0.5
# Lanes of an owner that wait, and lanes whose health is remembered: a megabyte or two. What does not fit is found again
# in the database, and begins with a new health.
_MOST_LANES = 10_000


@dataclass(frozen=True, slots=True)
class Turn:
    """Right of one sender to take a delivery of `lane`.

    Args:
        is_proven: standing of the lane when the turn began.
        number: number of the newest sign that the lane has something due.
    """

    lane: str
    is_proven: bool
    number: int


def _unproven(turn: Turn) -> Counter[str]:
    return Counter() if turn.is_proven else Counter([owner_of_lane(turn.lane)])


class _Round:
    """Lanes of one standing that wait for a turn: the owners take turns, and so do the lanes of each owner."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, OrderedDict[str, int]] = OrderedDict()

    def lanes(self, without: Collection[str]) -> Iterator[str]:
        """The lanes in the order of their turns, but none of the owners `without`."""
        for owner, lanes in self._owners.items():
            if owner not in without:
                yield from lanes

    def add(self, lane: str, number: int) -> None:
        """Let `lane` wait, behind the others of its owner, or remember a newer sign for it."""
        lanes = self._owners.setdefault(owner_of_lane(lane), OrderedDict())
        if lane in lanes or len(lanes) < _MOST_LANES:
            lanes[lane] = number

    def number_of(self, lane: str) -> int:
        """Number of the newest sign for `lane`; 0 if it does not wait."""
        lanes = self._owners.get(owner_of_lane(lane))
        return lanes.get(lane, 0) if lanes else 0

    def pass_on(self, lane: str) -> None:
        """Put `lane` and its owner behind the others."""
        owner = owner_of_lane(lane)
        self._owners[owner].move_to_end(lane)
        self._owners.move_to_end(owner)

    def remove(self, lane: str) -> None:
        """Let `lane`, which waits, wait no longer."""
        lanes = self._owners[owner := owner_of_lane(lane)]
        del lanes[lane]
        if not lanes:
            del self._owners[owner]


class WebhookLanes:
    """Lanes that may have something due, and the senders that are in them.

    Owners take turns, and so do the lanes of each. A lane has a few senders at once, fewer while its receiver has not
    proven itself, and none while it is paused. It knows what this process has seen; each process finds out for itself.
    Thread-safe.

    Args:
        senders: number of deliveries that the process sends at once.
    """

    def __init__(self, senders: int, rules: LaneRules = LaneRules()) -> None:  # noqa: B008 (frozen)
        self._rules = rules
        self._share, self._owner_share = (max(1, int(senders * share)) for share in (_SHARE, _OWNER_SHARE))
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._waiting = {True: _Round(), False: _Round()}
        self._health: OrderedDict[str, LaneHealth] = OrderedDict()
        self._senders_in: Counter[str] = Counter()
        self._senders_of: Counter[bool] = Counter()
        self._unproven_of: Counter[str] = Counter()
        self._first = True
        self._is_closed = False

    def add(self, lanes: Iterable[str]) -> None:
        """Let `lanes`, which may have something due, take turns."""
        with self._changed:
            for lane in lanes:
                self._place(lane)
                self._changed.notify()

    def is_paused(self, lane: str, now: datetime) -> bool:
        """True while `lane` is paused."""
        with self._changed:
            return self._health_of(lane).is_paused(now)

    def enter(self, now: datetime) -> Turn | None:
        """Begin the next turn; None if no lane has one. Each turn is to be left."""
        with self._changed:
            if turn := self._next(now):
                self._waiting[turn.is_proven].pass_on(turn.lane)
                self._senders_in[turn.lane] += 1
                self._senders_of[turn.is_proven] += 1
                self._unproven_of += _unproven(turn)
                self._first = not turn.is_proven  # neither standing always comes first
            return turn

    def leave(self, turn: Turn) -> None:
        """End a turn."""
        with self._changed:
            self._senders_in -= Counter([turn.lane])  # drops the lane with its last sender
            self._senders_of[turn.is_proven] -= 1
            self._unproven_of -= _unproven(turn)  # drops the owner with the last sender
            self._changed.notify()

    def is_empty(self, turn: Turn) -> None:
        """Take the lane of `turn` out of the round, unless something became due since the turn began."""
        with self._changed:
            for waiting in self._waiting.values():
                if waiting.number_of(turn.lane) == turn.number:
                    waiting.remove(turn.lane)

    def has_more(self) -> None:
        """Tell a sender that waits, if any, that the lane of a turn may have more."""
        with self._changed:
            self._changed.notify()

    def record(self, turn: Turn, outcome: DeliveryOutcome, took: timedelta, now: datetime) -> None:
        """Record the outcome of an attempt."""
        with self._changed:
            health = self._health.setdefault(turn.lane, LaneHealth(self._rules))
            health.record(outcome, took, now)
            self._health.move_to_end(turn.lane)
            if len(self._health) > _MOST_LANES:
                self._health.popitem(last=False)
            for standing, waiting in self._waiting.items():
                if standing != health.is_proven and waiting.number_of(turn.lane):
                    waiting.remove(turn.lane)
                    self._place(turn.lane)

    def wait(self, now: datetime, seconds: float) -> None:
        """Wait at most so many seconds for a turn."""
        with self._changed:
            if not self._is_closed and not self._next(now):
                self._changed.wait(seconds)

    def close(self) -> None:
        """End every wait, and let nobody begin another turn."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _place(self, lane: str) -> None:
        self._waiting[self._health_of(lane).is_proven].add(lane, next(self._numbers))

    def _health_of(self, lane: str) -> LaneHealth:
        return self._health.get(lane) or LaneHealth(self._rules)

    def _next(self, now: datetime) -> Turn | None:
        """Turn that would begin now."""
        for is_proven in () if self._is_closed else (self._first, not self._first):
            if self._senders_of[is_proven] < self._share and (lane := self._next_lane(is_proven, now)):
                return Turn(lane, is_proven, self._waiting[is_proven].number_of(lane))
        return None

    def _next_lane(self, is_proven: bool, now: datetime) -> str | None:
        """First lane that has room. Paused ones on the way leave; they are found again when they are due."""
        waiting, paused, found = self._waiting[is_proven], [], None
        full = {owner for owner, senders in self._unproven_of.items() if senders >= self._owner_share}
        for lane in waiting.lanes(without=() if is_proven else full):
            health = self._health_of(lane)
            if health.is_paused(now):
                paused.append(lane)
            elif self._senders_in[lane] < health.capacity(now):
                found = lane
                break
        for lane in paused:
            waiting.remove(lane)
        return found
