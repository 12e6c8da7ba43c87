"""The pictures that wait."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from domain.access.owner import Owner


class BacklogReader(Protocol):
    """Counts the predictions that wait."""

    @abstractmethod
    def waiting(self) -> Mapping[Owner, int]:
        """Number of queued predictions of each owner that has any.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
