"""Port of the health check of one part of the system."""

from abc import abstractmethod
from typing import Protocol


class HealthCheck(Protocol):
    """Health check of one part of the system."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the part: ``database``, ``queue``, ..."""

    @abstractmethod
    def check(self) -> None:
        """Check that the part works.

        Raises:
            Unavailable: the part does not work.
        """
