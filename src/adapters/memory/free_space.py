"""Free space as a test wants it."""

from application.ports.free_space import FreeSpace
from domain.errors import DiskAlmostFull


class MemoryFreeSpace(FreeSpace):
    """Has space until `is_full` is set."""

    def __init__(self) -> None:
        self.is_full = False

    def require(self) -> None:
        if self.is_full:
            raise DiskAlmostFull
