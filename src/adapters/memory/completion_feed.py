"""Completion feed within one process."""

from collections.abc import Sequence

from application.ports.queue.completion_feed import Announcer, CompletionFeed, Listener
from domain.prediction import Prediction


class MemoryCompletionFeed(Announcer, CompletionFeed):
    """Calls every listener immediately, in the thread of the announcer."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def announce(self, predictions: Sequence[Prediction]) -> None:
        changes = [prediction.state_change for prediction in predictions]
        for listener in self._listeners if changes else ():
            listener(changes)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)
