"""Ports of the feed of state changes, for clients that wait for a prediction."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

from domain.prediction import Prediction
from domain.prediction_state import StateChange

Listener = Callable[[Sequence[StateChange]], None]


class Announcer(Protocol):
    """Sending end of the feed."""

    @abstractmethod
    def announce(self, predictions: Sequence[Prediction]) -> None:
        """Announce the new, committed states of these predictions. Neither waits nor fails.

        An announcement may be lost, repeated or late, so a receiver must also read the state from time to time.
        """


class CompletionFeed(Protocol):
    """Receiving end of the feed."""

    @abstractmethod
    def listen(self, listener: Listener) -> None:
        """Call `listener` with every state change from now on, whichever process announced it.

        It may be called from any thread, and must return quickly.
        """
