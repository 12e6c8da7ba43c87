"""Deal out places to owners in turn."""

from collections.abc import Callable, Sequence
from itertools import chain, zip_longest
from typing import TypeVar

_Owner = TypeVar("_Owner")
_Job = TypeVar("_Job")


def deal(owners: Sequence[_Owner], places: int, take: Callable[[_Owner, int], Sequence[_Job]]) -> list[_Job]:
    """Give each owner in turn a place for a job, until all places or all jobs are gone.

    Args:
        owners: in the order of their turns.
        places: number of jobs to return at most.
        take: takes the next jobs of an owner, as many as are given or all that are left.

    Returns:
        the jobs in the order of the turns: the first one of each owner, then the second ones, and so on.
    """
    dealt: list[_Job] = []
    while owners and len(dealt) < places:
        left = places - len(dealt)
        # Each takes its share at once, so that an owner is asked once or twice rather than for each job.
        share = max(1, left // len(owners))
        hands = {owner: take(owner, share) for owner in owners[:left]}
        rounds = zip_longest(*hands.values())
        dealt += [job for job in chain.from_iterable(rounds) if job is not None]
        owners = [owner for owner, jobs in hands.items() if len(jobs) == share]
    return dealt
