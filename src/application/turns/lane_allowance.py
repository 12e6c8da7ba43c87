"""Number of jobs that may wait in a lane of the broker's queue."""

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass
class LaneAllowance:
    """Allowance of jobs for one lane: about as many as engines take from it between two looks at it.

    A job that is in the broker waits behind those that came before it, whoever owns them. So as few jobs as possible
    are to wait there, and yet enough that the engines never wait: the allowance is doubled each time that the lane has
    run empty although the allowance was used up, and halved while more than half of it is left.
    """

    # Two batches of the default size: a machine that does ten pictures a second is through with them in two seconds.
    LEAST: ClassVar[int] = 16
    FIRST: ClassVar[int] = 64
    # Enough for 16,000 pictures a second, at four looks a second.
    MOST: ClassVar[int] = 4096

    size: int = FIRST
    _left: int = field(default=FIRST, init=False)
    _is_used_up: bool = field(default=False, init=False)

    @property
    def left(self) -> int:
        """Number of jobs that may be published until the next look."""
        return self._left

    def renew(self, waiting: int) -> None:
        """Adapt to the number of jobs that wait in the lane now."""
        if waiting == 0 and self._is_used_up:
            self.size = min(2 * self.size, self.MOST)
        elif 2 * waiting > self.size:
            self.size = max(self.size // 2, self.LEAST)
        self._left = max(0, self.size - waiting)
        self._is_used_up = self._left == 0

    def use(self, count: int) -> int:
        """Use up to `count` of what is left; returns how many."""
        used = min(count, self._left)
        if used:
            self._left -= used
            self._is_used_up = self._left == 0
        return used

    def close(self) -> None:
        """Allow nothing until the next look."""
        self._left, self._is_used_up = 0, False
