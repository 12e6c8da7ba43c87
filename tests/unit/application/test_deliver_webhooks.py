from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, LimitedRetry, MemoryUnitOfWork, MemoryWebhookSender
from adapters.memory.database.unit_of_work import MemoryCommittedState
from application.ports.webhook_sender import WebhookMessage, WebhookSender
from application.upkeep.deliver_webhooks import DeliverWebhooks
from domain.prediction import Prediction
from domain.webhooks.webhook_delivery import DeliveryOutcome, RetrySchedule, WebhookDelivery
from tests.contracts.unit_of_work import keep, look_up
from tests.contracts.webhook_deliveries import HOOK, a_hooked, deliveries, finish
from tests.harness.builders import NOON

SECOND = timedelta(seconds=1)
SCHEDULE = RetrySchedule((10 * SECOND, 100 * SECOND, 1000 * SECOND), lease=60 * SECOND)


class World:
    """Prediction 1 became final at noon, and has a webhook."""

    def __init__(
        self, *outcomes: DeliveryOutcome, sender: WebhookSender | None = None, shares: MemoryUnitOfWork | None = None
    ) -> None:
        self.unit_of_work, self.clock = MemoryUnitOfWork() if shares is None else shares, FixedClock(NOON)
        self.receiver = MemoryWebhookSender(*outcomes)
        self.deliver = DeliverWebhooks(
            schedule=SCHEDULE,
            unit_of_work=self.unit_of_work,
            sender=sender or self.receiver,
            clock=self.clock,
            retry=LimitedRetry(),
        )
        if shares is None:
            keep(self.unit_of_work, a_hooked(1))
            finish(self.unit_of_work, 1)

    @property
    def delivery(self) -> WebhookDelivery:
        [delivery] = deliveries(self.unit_of_work)
        return delivery

    def retry(self) -> None:
        """Prediction 1 is queued once more."""
        self.change(lambda prediction: prediction.retry(self.clock.now()))

    def cancel(self) -> None:
        self.change(lambda prediction: prediction.cancel(self.clock.now()))

    def change(self, change: Callable[[Prediction], None]) -> None:
        with self.unit_of_work.begin() as tx:
            locked = tx.predictions.lock([UUID(int=1)])
            change(locked[0])
            tx.predictions.save(locked)
            tx.commit()


def test_a_due_delivery_is_sent_once() -> None:
    world = World()
    assert world.deliver.execute() == 1
    assert world.receiver.sent == [
        WebhookMessage(world.delivery.id, NOON, HOOK.url, look_up(world.unit_of_work, 1)),
    ]
    assert world.delivery.state == "delivered"
    world.clock.advance(timedelta(days=9))
    assert world.deliver.execute() == 0


def test_a_failed_delivery_is_repeated_with_the_same_id() -> None:
    world = World(DeliveryOutcome(500), DeliveryOutcome(302), DeliveryOutcome(error="timed_out"))
    sent_at = []
    for _ in range(4):
        assert world.deliver.execute() == 1
        sent_at.append(world.clock.now())
        world.clock.advance((world.delivery.due_at or NOON) - world.clock.now())
        if world.delivery.due_at:
            world.clock.advance(-SECOND)
            assert world.deliver.execute() == 0
            world.clock.advance(SECOND)
    assert [message.id for message in world.receiver.sent] == [world.delivery.id] * 4
    assert [message.sent_at for message in world.receiver.sent] == sent_at
    assert [attempt.outcome.status for attempt in world.delivery.attempts] == [500, 302, None, 204]
    assert world.delivery.state == "delivered"


def test_after_the_last_attempt_the_delivery_is_given_up() -> None:
    world = World(*[DeliveryOutcome(500)] * 9)
    for _ in range(9):
        world.deliver.execute()
        world.clock.advance(timedelta(hours=1))
    assert len(world.receiver.sent) == 4
    assert world.delivery.state == "failed"


def test_status_410_ends_the_delivery() -> None:
    world = World(DeliveryOutcome(410))
    world.deliver.execute()
    world.clock.advance(timedelta(days=1))
    assert world.deliver.execute() == 0
    assert world.delivery.state == "disabled"


def test_many_are_sent_one_after_the_other() -> None:
    world = World()
    keep(world.unit_of_work, *(a_hooked(n) for n in range(2, 30)))
    finish(world.unit_of_work, *range(2, 30))
    assert world.deliver.execute() == 29
    assert len({message.id for message in world.receiver.sent}) == 29


class DyingSender(WebhookSender):
    """The process ends while it sends."""

    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        raise SystemExit


def test_when_a_sender_dies_another_resumes_after_its_lease() -> None:
    world = World(sender=DyingSender())
    with pytest.raises(SystemExit):
        world.deliver.execute()
    survivor = World(shares=world.unit_of_work)

    assert survivor.deliver.execute() == 0
    survivor.clock.advance(SCHEDULE.lease)
    assert survivor.deliver.execute() == 1

    first, second = world.delivery.attempts
    assert (first.finished_at, second.outcome) == (None, DeliveryOutcome(204))
    assert survivor.receiver.sent[0].id == world.delivery.id


def test_attempts_of_dying_senders_are_limited() -> None:
    world = World(sender=DyingSender())
    for _ in range(9):
        with suppress(SystemExit):
            world.deliver.execute()
        world.clock.advance(SCHEDULE.lease)
    assert (world.delivery.state, len(world.delivery.attempts)) == ("failed", 4)


def test_an_outdated_state_is_not_sent() -> None:
    world = World()
    world.retry()
    assert world.deliver.execute() == 0
    assert world.receiver.sent == []
    assert world.delivery.state == "withdrawn"


def test_every_final_state_has_a_message_of_its_own() -> None:
    world = World(DeliveryOutcome(500))
    world.deliver.execute()
    world.clock.advance(SECOND)
    world.retry()
    world.cancel()
    assert world.deliver.execute() == 1
    world.clock.advance(SCHEDULE.waits[0] * 2)
    assert world.deliver.execute() == 0
    failed, canceled = world.receiver.sent
    assert failed.id != canceled.id
    assert [message.prediction.status for message in world.receiver.sent] == ["failed", "canceled"]
    assert [d.state for d in deliveries(world.unit_of_work)] == ["withdrawn", "delivered"]


class Meanwhile(WebhookSender):
    """Something happens while it sends."""

    def __init__(self) -> None:
        self.happens: Callable[[], None]

    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        self.happens()
        return DeliveryOutcome(204)


class Forgetful(MemoryUnitOfWork):
    """Can be made to forget predictions, and what belongs to them: at once, or before the next one is read."""

    def __init__(self, *, at_read: bool = False) -> None:
        super().__init__()
        self.at_read = at_read
        keep(self, a_hooked(1))
        finish(self, 1)

    def forget(self) -> None:
        self._rows.clear()
        self._deliveries.clear()

    @contextmanager
    def read(self) -> Iterator[MemoryCommittedState]:
        if self.at_read:
            self.forget()
        with super().read() as committed:
            yield committed


def test_a_deleted_prediction_is_not_sent() -> None:
    world = World(shares=Forgetful(at_read=True))
    assert world.deliver.execute() == 0
    assert world.receiver.sent == []


def test_a_prediction_may_be_deleted_while_it_is_sent() -> None:
    sender, forgetful = Meanwhile(), Forgetful()
    sender.happens = forgetful.forget
    assert World(sender=sender, shares=forgetful).deliver.execute() == 1
    assert deliveries(forgetful) == []


def test_the_late_outcome_of_a_superseded_attempt_is_dropped() -> None:
    sender = Meanwhile()
    world = World(sender=sender)
    other = World(DeliveryOutcome(500), shares=world.unit_of_work)

    def overtake() -> None:
        other.clock.advance(SCHEDULE.lease)
        assert other.deliver.execute() == 1

    sender.happens = overtake
    assert world.deliver.execute() == 1
    assert [attempt.outcome for attempt in world.delivery.attempts] == [DeliveryOutcome(), DeliveryOutcome(500)]
    assert world.delivery.is_pending
