"""What owners have taken of their rates."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.access.owner import Owner
from domain.access.rate import RateLimit


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of taking from a bucket.

    Args:
        count: number taken; 0 where there was too little.
        left: number that is still available.
        wait: time until the wanted number is available; zero where it was taken.
    """

    count: int
    left: int
    wait: timedelta = timedelta()


class RateBuckets(Protocol):
    """The buckets of all owners, shared by all processes that accept pictures."""

    @abstractmethod
    def take(self, owner: Owner, limit: RateLimit, least: int, most: int) -> Taken:
        """Take from the bucket of an owner as many as are available, but not less than `least` nor more than `most`.

        Where `least` is more than there ever are at once, a full bucket gives it.

        Raises:
            DatabaseUnavailable: the buckets cannot be reached; nothing was taken.
        """
