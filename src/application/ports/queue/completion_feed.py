"""News of predictions, for those who wait for them."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

from domain.prediction import Prediction
from domain.prediction_state import StateChange

Listener = Callable[[Sequence[StateChange]], None]


class Announcer(Protocol):
    """The near end of the feed: where states change."""

    @abstractmethod
    def announce(self, predictions: Sequence[Prediction]) -> None:
        """These predictions have another state than before, and it is committed. Neither waits nor fails.

        News may get lost, come twice or come late: whoever waits looks for itself now and then.
        """
        ...


class CompletionFeed(Protocol):
    """The far end of the feed: where somebody waits."""

    @abstractmethod
    def listen(self, listener: Listener) -> None:
        """Tell `listener` from now on what has changed, wherever it was announced.

        It is called from any thread, and has to be quick.
        """
        ...
