"""Send the webhooks that are due."""

import threading
from dataclasses import dataclass, field
from functools import partial

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.retry import Retry
from application.ports.system import Clock
from application.ports.webhook_sender import WebhookMessage, WebhookSender
from application.upkeep.webhook_lanes import Turn, WebhookLanes
from domain.errors import PredictionNotFound
from domain.prediction import Prediction
from domain.webhooks.webhook_delivery import DeliveryOutcome, RetrySchedule, WebhookDelivery, delivery_of

# Transactions of the senders at once. There are many senders, and the engine needs the database, too.
_WRITERS = 4


@dataclass(frozen=True, kw_only=True)
class DeliverWebhooks:
    """Send the webhooks that are due.

    A delivery becomes due in the transaction that makes its prediction final. It is sent with the same `webhook-id`
    after longer and longer waits, until the receiver answers with a status of 2xx; 410 ends it, and so does the last
    of its attempts. An attempt is counted before it begins and has a lease: if its sender dies, another one tries
    again. A delivery is not sent if its prediction was retried or deleted in the meantime. Any number of senders may
    run at once. Each takes one delivery at a time, from the lane whose turn it is, so that a receiver that is slow or
    away holds up nobody else's webhooks.
    """

    schedule: RetrySchedule
    unit_of_work: UnitOfWork
    sender: WebhookSender
    lanes: WebhookLanes
    clock: Clock
    retry: Retry
    _writing: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_WRITERS), init=False)

    def execute(self) -> int:
        """Send what is due, lane after lane, until no lane has a turn.

        Returns:
            number of attempts made.
        """
        attempts = 0
        while turn := self.lanes.enter(self.clock.now()):
            try:
                attempts += self._take_turn(turn)
            finally:
                self.lanes.leave(turn)
        return attempts

    def wait(self, seconds: float) -> None:
        """Wait at most so many seconds until something may be due."""
        self.lanes.wait(self.clock.now(), seconds)

    def _take_turn(self, turn: Turn) -> int:
        due = self._take(turn)
        if due:
            self.lanes.has_more()
        else:
            self.lanes.is_empty(turn)
        return sum(self._deliver(delivery, turn) for delivery in due)

    def _take(self, turn: Turn) -> list[WebhookDelivery]:
        """Take at most one due delivery of the lane, and begin an attempt if it has any left."""
        now = self.clock.now()
        with self._writing, self.unit_of_work.begin() as tx:
            due = tx.webhook_deliveries.lock_due(now, 1, turn.lane)
            for delivery in due:
                delivery.start(now, self.schedule)
                tx.webhook_deliveries.save(delivery)
            if due:
                tx.commit()
        return due

    def _deliver(self, delivery: WebhookDelivery, turn: Turn) -> bool:
        """Send it and record the outcome; False if it was given up or withdrawn instead."""
        if not delivery.is_pending:
            return False
        prediction = self._prediction_of(delivery)
        if prediction is None or prediction.webhook is None:
            self.retry.until_available(partial(self._withdraw, delivery))
            return False
        attempt = delivery.attempts[-1]
        message = WebhookMessage(delivery.id, attempt.started_at, prediction.webhook.url, prediction)
        outcome = self.sender.send(message)
        now = self.clock.now()
        self.lanes.record(turn, outcome, now - attempt.started_at, now)
        self.retry.until_available(partial(self._record, delivery, attempt.number, outcome))
        return True

    def _prediction_of(self, delivery: WebhookDelivery) -> Prediction | None:
        """Get the prediction if its state is still the one that the delivery reports."""
        try:
            with self.unit_of_work.read() as committed:
                prediction = committed.predictions.get_of_any_owner(delivery.prediction)
        except PredictionNotFound:
            return None
        current = delivery_of(prediction)
        return prediction if current and current.id == delivery.id else None

    def _withdraw(self, delivery: WebhookDelivery) -> None:
        with self._writing, self.unit_of_work.begin() as tx:
            if (locked := tx.webhook_deliveries.lock(delivery.id)) and locked.is_pending:
                locked.withdraw()
                tx.webhook_deliveries.save(locked)
                tx.commit()

    def _record(self, delivery: WebhookDelivery, attempt: int, outcome: DeliveryOutcome) -> None:
        with self._writing, self.unit_of_work.begin() as tx:
            locked = tx.webhook_deliveries.lock(delivery.id)
            if locked and locked.conclude(attempt, outcome, self.clock.now(), self.schedule):
                tx.webhook_deliveries.save(locked)
                tx.commit()
