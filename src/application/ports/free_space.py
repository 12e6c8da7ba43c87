"""Port of the space that is left for new pictures."""

from abc import abstractmethod
from typing import Protocol


class FreeSpace(Protocol):
    """Space on the disks of this machine that the service writes to."""

    @abstractmethod
    def require(self) -> None:
        """Check that there is space for new pictures beside what results need.

        Raises:
            DiskAlmostFull: there is not.
        """
