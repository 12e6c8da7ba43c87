"""Expiry of predictions that are still queued."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from domain.errors import InvalidField


@dataclass(frozen=True, slots=True)
class ExpiresIn:
    """Time after which a prediction that is still queued is given up.

    Args:
        seconds: `MIN_SECONDS` to `MAX_SECONDS`, counted from the submission.
    """

    seconds: int

    MIN_SECONDS: ClassVar[int] = 1
    # A week. A client that can wait longer leaves expires_in out.
    MAX_SECONDS: ClassVar[int] = 604_800

    def __post_init__(self) -> None:
        if not self.MIN_SECONDS <= self.seconds <= self.MAX_SECONDS:
            raise InvalidField("expires_in", f"expires_in is not between {self.MIN_SECONDS} and {self.MAX_SECONDS}.")

    def after(self, created_at: datetime) -> datetime:
        """Time of expiry of a prediction that was submitted at `created_at`."""
        return created_at + timedelta(seconds=self.seconds)
