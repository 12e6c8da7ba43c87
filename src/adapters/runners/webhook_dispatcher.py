"""Webhook dispatcher: threads that deliver webhooks."""

import logging
import threading
from collections.abc import Callable, Sequence

from adapters.lifecycle.supervised_loop import LoopGroup, SupervisedLoop
from application.ports.queue.completion_feed import Announcer
from application.ports.retry import Retry
from application.upkeep.deliver_webhooks import DeliverWebhooks
from domain.prediction import Prediction

_log = logging.getLogger(__name__)

# Interval of looking for deliveries that are due again and for predictions that became final in another process.
_POLL_SECONDS = 1.0
# Each thread holds one delivery for 15 seconds at most, so this many slow receivers at once delay the others.
_THREADS = 4


class WebhookDispatcher(LoopGroup, Announcer):
    """Delivers webhooks, several at once.

    It looks for due deliveries at intervals, and at once when this process announces a final prediction.

    Args:
        deliver: makes the use case that each thread runs.
        enabled: False if webhooks cannot be signed; deliveries then stay due.
        retry: waits for dependencies.
        stopping: ends the threads.
        poll_seconds: interval between two looks.
    """

    name = "webhook dispatcher"

    def __init__(
        self,
        deliver: Callable[[], DeliverWebhooks],
        enabled: bool,
        retry: Retry,
        stopping: threading.Event,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        names = [f"webhook-dispatcher-{number}" for number in range(_THREADS if enabled else 0)]
        self._woken = threading.Event()
        super().__init__([SupervisedLoop(name, self._deliver_and_wait, stopping, self._woken.set) for name in names])
        self._deliver = deliver
        self._retry = retry
        self._stopping = stopping
        self._poll_seconds = poll_seconds

    def announce(self, predictions: Sequence[Prediction]) -> None:
        if any(prediction.webhook and prediction.status.is_final for prediction in predictions):
            self._woken.set()

    def _deliver_and_wait(self) -> None:
        if count := self._retry.until_available(self._deliver().execute):
            _log.info("webhooks were sent", extra={"count": count})
        # The thread that wakes first may take the signal from the others; it then sends everything that is due.
        if self._woken.wait(self._poll_seconds):
            self._woken.clear()
        if self._stopping.is_set():  # the signal to stop is for all of them
            self._woken.set()


class CombinedAnnouncer(Announcer):
    """Passes announcements on to several announcers."""

    def __init__(self, *announcers: Announcer) -> None:
        self._announcers = announcers

    def announce(self, predictions: Sequence[Prediction]) -> None:
        for announcer in self._announcers:
            announcer.announce(predictions)
