"""The threads that bring webhooks to their receivers."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from application.ports.queue.completion_feed import Announcer
from application.ports.retry import Retry
from application.upkeep.deliver_webhooks import DeliverWebhooks
from domain.errors import Unavailable
from domain.prediction import Prediction

_log = logging.getLogger(__name__)

# How often to look for what is due again, and for what became final in another process.
_PAUSE_SECONDS = 1.0
# Each holds one delivery, for 15 seconds at most: so many slow receivers at once hold up the others.
_COURIERS = 4


@dataclass
class WebhookDispatcher(Announcer):
    """Deliver webhooks, several at once, until `stopping` is set.

    They look now and then, and at once when this process announces a prediction that is final.

    Args:
        deliver: makes the use case that each of them runs.
        sends: False where webhooks could not be signed; those that are due then wait.
        retry: waits for what is away.
        stopping: ends it.
        pause: how many seconds they wait for news.
    """

    deliver: Callable[[], DeliverWebhooks]
    sends: bool
    retry: Retry
    stopping: threading.Event
    pause: float = _PAUSE_SECONDS
    _woken: threading.Event = field(default_factory=threading.Event, init=False)
    _threads: list[threading.Thread] = field(default_factory=list, init=False)

    def start(self) -> None:
        """Begin, in the background."""
        for number in range(_COURIERS if self.sends else 0):
            thread = threading.Thread(target=self._work, name=f"courier-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def announce(self, predictions: Sequence[Prediction]) -> None:
        if any(prediction.webhook and prediction.status.is_final for prediction in predictions):
            self._woken.set()

    def stop(self) -> None:
        """End, and wait for the attempts that are under way."""
        self.stopping.set()
        self._woken.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        deliver = self.deliver()
        while not self.stopping.is_set():
            try:
                if count := self.retry.until_available(deliver.execute):
                    _log.info("webhooks were sent", extra={"count": count})
            except Unavailable:
                return  # `retry` ends only when the process does
            except Exception:
                _log.exception("a webhook could not be sent")
            # One of them may take the news from the others; it then sends everything that is due.
            if self._woken.wait(self.pause):
                self._woken.clear()


class CombinedAnnouncer(Announcer):
    """Tells several announcers."""

    def __init__(self, *announcers: Announcer) -> None:
        self._announcers = announcers

    def announce(self, predictions: Sequence[Prediction]) -> None:
        for announcer in self._announcers:
            announcer.announce(predictions)
