"""Webhook dispatcher: threads that deliver webhooks."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.lifecycle.supervised_loop import LoopGroup, SupervisedLoop
from application.ports.queue.completion_feed import Announcer
from application.ports.retry import Retry
from application.upkeep.deliver_webhooks import DeliverWebhooks
from application.upkeep.find_due_webhooks import FindDueWebhooks
from domain.prediction import Prediction
from domain.webhooks.webhook_delivery import delivery_of

_log = logging.getLogger(__name__)

# Interval of looking for deliveries that are due again and for predictions that became final in another process.
_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class WebhookWork:
    """Work of the dispatcher: two use cases that share their lanes.

    Args:
        find: looks for lanes with something due.
        deliver: sends what is due in them.
    """

    find: FindDueWebhooks
    deliver: DeliverWebhooks


class WebhookDispatcher(LoopGroup, Announcer):
    """Delivers webhooks, many at once.

    One thread looks for due deliveries at intervals; the senders take what it finds, and at once what this process
    announces.

    Args:
        make_work: makes the work, when the dispatcher starts; other processes only announce.
        senders: number of senders; 0 if webhooks cannot be signed, and deliveries then stay due.
        retry: waits for dependencies.
        stopping: ends the threads.
        poll_seconds: interval between two looks.
    """

    name = "webhook dispatcher"

    def __init__(
        self,
        make_work: Callable[[], WebhookWork],
        senders: int,
        retry: Retry,
        stopping: threading.Event,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        self._make_work = make_work
        self._work: WebhookWork | None = None
        self._retry = retry
        self._stopping = stopping
        self._poll_seconds = poll_seconds
        names = [f"webhook-dispatcher-{number}" for number in range(senders)]
        loops = [SupervisedLoop(name, self._deliver_and_wait, stopping, self._close) for name in names]
        if senders:
            loops.append(SupervisedLoop("webhook-lanes", self._find_and_wait, stopping))
        super().__init__(loops)

    def start(self) -> None:
        if self._loops:
            self._work = self._make_work()
        super().start()

    def announce(self, predictions: Sequence[Prediction]) -> None:
        if self._work:  # a process that sends nothing would never take out the lanes that it puts in
            self._work.deliver.lanes.add(delivery.lane for delivery in map(delivery_of, predictions) if delivery)

    def _find_and_wait(self) -> None:
        if self._work:
            self._retry.until_available(self._work.find.execute)
        self._stopping.wait(self._poll_seconds)

    def _deliver_and_wait(self) -> None:
        if self._work:
            if count := self._retry.until_available(self._work.deliver.execute):
                _log.info("webhooks were sent", extra={"count": count})
            self._work.deliver.wait(self._poll_seconds)

    def _close(self) -> None:
        if self._work:
            self._work.deliver.lanes.close()


class CombinedAnnouncer(Announcer):
    """Passes announcements on to several announcers."""

    def __init__(self, *announcers: Announcer) -> None:
        self._announcers = announcers

    def announce(self, predictions: Sequence[Prediction]) -> None:
        for announcer in self._announcers:
            announcer.announce(predictions)
