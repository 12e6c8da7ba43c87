"""The threads that bring webhooks to their receivers."""

import logging
import threading
from dataclasses import dataclass, field

from application.deliver_webhooks import DeliverWebhooks
from application.ports.retry import Retry
from domain.errors import Unavailable

_log = logging.getLogger(__name__)

# How late a webhook may be because nobody looked: four threads that look every second cost nothing.
_PAUSE_SECONDS = 1.0
# Each holds one delivery, 15 seconds at most: so many slow receivers at once hold up the others.
_COURIERS = 4


@dataclass
class Couriers:
    """Deliver webhooks, several at once, until `stopping` is set.

    Args:
        deliver: the use case that each of them runs.
        sends: False where webhooks could not be signed; those that are due then wait.
        retry: waits for what is away.
        stopping: ends it.
    """

    deliver: DeliverWebhooks
    sends: bool
    retry: Retry
    stopping: threading.Event
    _threads: list[threading.Thread] = field(default_factory=list, init=False)

    def start(self) -> None:
        """Begin, in the background."""
        for number in range(_COURIERS if self.sends else 0):
            thread = threading.Thread(target=self._work, name=f"courier-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End, and wait for the attempts that are under way."""
        self.stopping.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while not self.stopping.wait(_PAUSE_SECONDS):
            try:
                if count := self.retry.until_available(self.deliver.execute):
                    _log.info("webhooks were sent", extra={"count": count})
            except Unavailable:
                return  # `retry` ends only when the process does
            except Exception:
                _log.exception("a webhook could not be sent")
