"""Delivery of a webhook: its state machine, its attempts and their schedule.

pending -> delivered    the receiver answered with success
   |-----> failed       all attempts failed
   |-----> disabled     the receiver answered 410 Gone: it wants no more webhooks
   |-----> withdrawn    the prediction was queued again, so its final state is no longer true
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar
from uuid import UUID, uuid5

from domain.prediction import Prediction
from domain.webhooks.lane_key import lane_key
from domain.webhooks.webhook import WebhookEvent


class DeliveryState(StrEnum):
    """State of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """Outcome of an attempt.

    Args:
        status: HTTP status of the receiver's answer; None without an answer.
        error: stable name of the reason for having no answer, at most `MAX_ERROR_LENGTH` characters.
        retry_after: time that the receiver asks to be left alone. It is heeded once and not kept.
    """

    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = field(default=None, compare=False)

    MAX_ERROR_LENGTH: ClassVar[int] = 50

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """Attempt to deliver a webhook, numbered from 1; without an outcome while it runs, or if its sender died."""

    number: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: DeliveryOutcome = field(default_factory=DeliveryOutcome)


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Schedule of the attempts of a delivery.

    Args:
        waits: after the first attempt, after the second, and so on; there is one attempt more than waits. The default
            is the example of the Standard Webhooks specification: ten attempts in three days.
        lease: time after which another sender takes over an attempt that has not ended.
    """

    waits: Sequence[timedelta] = (
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=5),
        timedelta(hours=10),
        timedelta(hours=14),
        timedelta(hours=20),
        timedelta(hours=24),
    )
    lease: timedelta = timedelta(seconds=60)

    # Maximum share by which a wait is lengthened, so that deliveries that failed together are not retried together.
    JITTER: ClassVar[float] = 0.1
    # Time for what the schedule does not foresee: pauses of a lane, a receiver that asks to be left alone, and a
    # service that was down itself.
    _GRACE: ClassVar[timedelta] = timedelta(days=1)

    @property
    def length(self) -> timedelta:
        """Time after which an attempt is the last one, however few there were."""
        return sum(self.waits, timedelta()) * (1 + self.JITTER) + self._GRACE

    @property
    def longest(self) -> timedelta:
        """Longest time from the first attempt to the last one."""
        return sum(self.waits, start=timedelta()) * (1 + self.JITTER)

    def next_after(self, attempt: int, message_id: str) -> timedelta | None:
        """Wait after attempt number `attempt`; None if it was the last.

        The jitter is derived from the message id, so that every process computes the same wait.
        """
        if attempt > len(self.waits):
            return None
        digest = hashlib.sha256(f"{message_id}.{attempt}".encode()).digest()
        return self.waits[attempt - 1] * (1 + self.JITTER * digest[0] / 255)


@dataclass(slots=True)
class WebhookDelivery:
    """Delivery of one final state to the webhook of its prediction.

    Args:
        id: the `webhook-id`, by which a receiver recognises a repeated message.
        prediction: its uuid.
        created_at: time at which the prediction became final.
        due_at: time of the next attempt, or end of the lease of the running one. None once the state is final.
        lane: lane in which it waits. Empty once the state is final, and in a row of an older version.
        attempts: the oldest first.
    """

    id: str
    prediction: UUID
    event: WebhookEvent
    created_at: datetime
    due_at: datetime | None
    lane: str = ""
    state: DeliveryState = DeliveryState.PENDING
    attempts: list[DeliveryAttempt] = field(default_factory=list)

    @property
    def is_pending(self) -> bool:
        return self.state is DeliveryState.PENDING

    def start(self, now: datetime, schedule: RetrySchedule) -> None:
        """Begin a new attempt, before anything is sent. Fail if none is left, since the sender of the last one died."""
        if len(self.attempts) > len(schedule.waits):
            self._settle(DeliveryState.FAILED)
            return
        self.attempts.append(DeliveryAttempt(len(self.attempts) + 1, now))
        self.due_at = now + schedule.lease

    def conclude(self, attempt: int, outcome: DeliveryOutcome, now: datetime, schedule: RetrySchedule) -> bool:
        """Record the outcome of attempt number `attempt`; False if another has begun since, or this one has ended."""
        if not self.is_pending or attempt != len(self.attempts) or self.attempts[-1].finished_at:
            return False
        self.attempts[-1] = replace(self.attempts[-1], finished_at=now, outcome=outcome)
        wait = schedule.next_after(attempt, self.id) if now < self.created_at + schedule.length else None
        if outcome.is_success:
            self._settle(DeliveryState.DELIVERED)
        elif outcome.status == HTTPStatus.GONE:
            self._settle(DeliveryState.DISABLED)
        elif wait is None:
            self._settle(DeliveryState.FAILED)
        else:
            self.due_at = now + max(wait, outcome.retry_after or wait)
        return True

    def give_up(self) -> None:
        """End it without success, since its receiver was away for the whole schedule."""
        self._settle(DeliveryState.FAILED)

    def withdraw(self) -> None:
        self._settle(DeliveryState.WITHDRAWN)

    def _settle(self, state: DeliveryState) -> None:
        self.state = state
        self.due_at, self.lane = None, ""


def delivery_of(prediction: Prediction) -> WebhookDelivery | None:
    """Delivery of the prediction's final state, due at once; None if it has no webhook for this event.

    The id is derived from prediction, event and time, so that repeated calls return the same one, and another one
    when the prediction becomes final again.
    """
    if prediction.webhook is None or prediction.finished_at is None or not prediction.status.is_final:
        return None
    event, since = WebhookEvent(prediction.status.value), prediction.finished_at
    if event not in prediction.webhook.events:
        return None
    message_id = uuid5(prediction.uuid, f"{event}@{since.isoformat()}")
    lane = lane_key(prediction.owner, prediction.webhook.url.host)
    return WebhookDelivery(f"msg_{message_id.hex}", prediction.uuid, event, created_at=since, due_at=since, lane=lane)
