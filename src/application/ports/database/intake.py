"""Keeping new predictions."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from domain.prediction import Prediction


class Intake(Protocol):
    """Where new predictions go: those that came at the same time together, since durability has its price a time."""

    @abstractmethod
    def keep(self, predictions: Sequence[Prediction]) -> list[Exception | None]:
        """Keep new predictions; those that are kept survive a power failure.

        One that cannot be kept does no harm to the others.

        Returns:
            for each prediction None, or why it was not kept: `IdempotencyKeyTaken` where another prediction has its
            key, `CommitUncertain` where it is unknown whether it was kept, `DatabaseUnavailable`, and `ValueError`
            where its uuid is there already.
        """
        ...
