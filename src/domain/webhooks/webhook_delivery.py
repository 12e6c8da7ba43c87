"""A webhook on its way: the attempts to deliver it, and when the next one is due.

pending -> delivered    the receiver took it
   |-----> failed       it did not, in all the attempts
   |-----> disabled     it said that it wants no more of them
   |-----> withdrawn    what it tells is no longer true
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
from domain.webhooks.webhook import WebhookEvent


class DeliveryState(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What came of an attempt.

    Args:
        status: the HTTP status of the receiver's answer; None where there was none.
        error: why there was none: a stable name for machines.
    """

    status: int | None = None
    error: str | None = None

    MAX_ERROR_LENGTH: ClassVar[int] = 50

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One time that the webhook was sent; without an outcome while it is under way, or where its sender died of it."""

    number: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: DeliveryOutcome = field(default_factory=DeliveryOutcome)


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """When to try again.

    Args:
        waits: how long to wait after the first attempt, after the second, and so on; there is one attempt more than
            waits. The default is the example of the Standard Webhooks specification: ten attempts in three days.
        lease: how long a sender has for an attempt before another takes the delivery over.
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

    # Every wait is up to so much longer, so that what failed together does not come back together.
    JITTER: ClassVar[float] = 0.1

    def next_after(self, attempt: int, message_id: str) -> timedelta | None:
        """How long to wait after attempt number `attempt`; None when it was the last.

        The jitter is drawn from the id, so that it is the same whoever asks.
        """
        if attempt > len(self.waits):
            return None
        digest = hashlib.sha256(f"{message_id}.{attempt}".encode()).digest()
        return self.waits[attempt - 1] * (1 + self.JITTER * digest[0] / 255)


@dataclass(slots=True)
class WebhookDelivery:
    """Delivery of one final state to the webhook of its prediction.

    Args:
        id: the `webhook-id`, by which a receiver knows a message that it had before.
        prediction: whose final state it tells.
        event: which state that is.
        created_at: when the prediction became final.
        due_at: when somebody has to look after it: a sender, or another one when the first did not finish within its
            lease. None once it is settled.
        attempts: the oldest first.
    """

    id: str
    prediction: UUID
    event: WebhookEvent
    created_at: datetime
    due_at: datetime | None
    state: DeliveryState = DeliveryState.PENDING
    attempts: list[DeliveryAttempt] = field(default_factory=list)

    @property
    def is_pending(self) -> bool:
        return self.state is DeliveryState.PENDING

    def start(self, now: datetime, schedule: RetrySchedule) -> None:
        """A sender takes it up: a new attempt begins, and is counted before anything is sent.

        When no attempt is left, since the sender of the last one is gone, it has failed.
        """
        if len(self.attempts) > len(schedule.waits):
            self._settle(DeliveryState.FAILED)
            return
        self.attempts.append(DeliveryAttempt(len(self.attempts) + 1, now))
        self.due_at = now + schedule.lease

    def conclude(self, attempt: int, outcome: DeliveryOutcome, now: datetime, schedule: RetrySchedule) -> bool:
        """Attempt number `attempt` came to its end.

        Returns:
            False when it does not count: another attempt has begun since, or it was concluded before.
        """
        if not self.is_pending or attempt != len(self.attempts) or self.attempts[-1].finished_at:
            return False
        self.attempts[-1] = replace(self.attempts[-1], finished_at=now, outcome=outcome)
        wait = schedule.next_after(attempt, self.id)
        if outcome.is_success:
            self._settle(DeliveryState.DELIVERED)
        elif outcome.status == HTTPStatus.GONE:
            self._settle(DeliveryState.DISABLED)
        elif wait is None:
            self._settle(DeliveryState.FAILED)
        else:
            self.due_at = now + wait
        return True

    def withdraw(self) -> None:
        """What it tells is no longer true: its prediction was queued once more."""
        self._settle(DeliveryState.WITHDRAWN)

    def _settle(self, state: DeliveryState) -> None:
        self.state = state
        self.due_at = None


def delivery_of(prediction: Prediction) -> WebhookDelivery | None:
    """Delivery of the prediction's final state, due at once; None where no webhook wants it.

    The id follows from what it tells, so that it is the same however often it is asked for, and another one when the
    prediction becomes final once more.
    """
    if prediction.webhook is None or prediction.finished_at is None or not prediction.status.is_final:
        return None
    event, since = WebhookEvent(prediction.status.value), prediction.finished_at
    if event not in prediction.webhook.events:
        return None
    message_id = uuid5(prediction.uuid, f"{event}@{since.isoformat()}")
    return WebhookDelivery(f"msg_{message_id.hex}", prediction.uuid, event, created_at=since, due_at=since)
