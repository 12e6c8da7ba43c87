"""Keeping new predictions."""

from abc import abstractmethod
from typing import Protocol

from domain.prediction import Prediction


class Intake(Protocol):
    """Where new predictions go. Many callers at once may share the price of making them durable."""

    @abstractmethod
    def keep(self, prediction: Prediction) -> None:
        """Keep a new prediction; on return it survives a power failure.

        Raises:
            IdempotencyKeyTaken: another prediction has its key; it was not kept.
            CommitUncertain: it is unknown whether it was kept.
            DatabaseUnavailable: it was not kept.
        """
        ...
