"""Whether a part of the system is there."""

from abc import abstractmethod
from typing import Protocol


class HealthCheck(Protocol):
    """One named part of the system."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What people call the part: ``database``, ``queue``, ..."""
        ...

    @abstractmethod
    def check(self) -> None:
        """Return when the part works.

        Raises:
            Unavailable: it does not.
        """
        ...
