from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, LimitedRetry, MemoryUnitOfWork, MemoryWebhookSender
from adapters.memory.unit_of_work import MemoryCommittedState
from application.ports.webhook_sender import WebhookMessage, WebhookSender
from application.upkeep.deliver_webhooks import DeliverWebhooks
from domain.prediction import Prediction
from domain.webhooks.webhook_delivery import DeliveryOutcome, RetrySchedule, WebhookDelivery
from tests.contracts.unit_of_work import keep, look_up
from tests.contracts.webhook_deliveries import HOOK, a_hooked, deliveries, finish
from tests.harness.builders import NOON

SECOND = timedelta(seconds=1)
SCHEDULE = RetrySchedule((10 * SECOND, 100 * SECOND, 1000 * SECOND), lease=60 * SECOND)


class House:
    """Prediction 1 became final at noon, and its webhook wants to know."""

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


def test_what_is_due_is_sent_once() -> None:
    house = House()
    assert house.deliver.execute() == 1
    assert house.receiver.sent == [
        WebhookMessage(house.delivery.id, NOON, HOOK.url, look_up(house.unit_of_work, 1)),
    ]
    assert house.delivery.state == "delivered"
    house.clock.advance(timedelta(days=9))
    assert house.deliver.execute() == 0


def test_a_receiver_that_fails_three_times_gets_the_same_id_until_it_takes_it() -> None:
    house = House(DeliveryOutcome(500), DeliveryOutcome(302), DeliveryOutcome(error="timed_out"))
    sent_at = []
    for _ in range(4):
        assert house.deliver.execute() == 1
        sent_at.append(house.clock.now())
        house.clock.advance((house.delivery.due_at or NOON) - house.clock.now())
        if house.delivery.due_at:
            house.clock.advance(-SECOND)
            assert house.deliver.execute() == 0
            house.clock.advance(SECOND)
    assert [message.id for message in house.receiver.sent] == [house.delivery.id] * 4
    assert [message.sent_at for message in house.receiver.sent] == sent_at
    assert [attempt.outcome.status for attempt in house.delivery.attempts] == [500, 302, None, 204]
    assert house.delivery.state == "delivered"


def test_after_the_last_attempt_it_is_given_up() -> None:
    house = House(*[DeliveryOutcome(500)] * 9)
    for _ in range(9):
        house.deliver.execute()
        house.clock.advance(timedelta(hours=1))
    assert len(house.receiver.sent) == 4
    assert house.delivery.state == "failed"


def test_gone_ends_it() -> None:
    house = House(DeliveryOutcome(410))
    house.deliver.execute()
    house.clock.advance(timedelta(days=1))
    assert house.deliver.execute() == 0
    assert house.delivery.state == "disabled"


def test_many_are_sent_one_after_the_other() -> None:
    house = House()
    keep(house.unit_of_work, *(a_hooked(n) for n in range(2, 30)))
    finish(house.unit_of_work, *range(2, 30))
    assert house.deliver.execute() == 29
    assert len({message.id for message in house.receiver.sent}) == 29


class DyingSender(WebhookSender):
    """The process ends while it sends."""

    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        raise SystemExit


def test_when_a_sender_dies_another_resumes_after_its_lease() -> None:
    house = House(sender=DyingSender())
    with pytest.raises(SystemExit):
        house.deliver.execute()
    survivor = House(shares=house.unit_of_work)

    assert survivor.deliver.execute() == 0
    survivor.clock.advance(SCHEDULE.lease)
    assert survivor.deliver.execute() == 1

    first, second = house.delivery.attempts
    assert (first.finished_at, second.outcome) == (None, DeliveryOutcome(204))
    assert survivor.receiver.sent[0].id == house.delivery.id


def test_senders_that_die_every_time_do_not_go_on_for_ever() -> None:
    house = House(sender=DyingSender())
    for _ in range(9):
        with suppress(SystemExit):
            house.deliver.execute()
        house.clock.advance(SCHEDULE.lease)
    assert (house.delivery.state, len(house.delivery.attempts)) == ("failed", 4)


def test_what_is_no_longer_true_is_not_sent() -> None:
    house = House()
    house.retry()
    assert house.deliver.execute() == 0
    assert house.receiver.sent == []
    assert house.delivery.state == "withdrawn"


def test_every_end_has_a_message_of_its_own() -> None:
    house = House(DeliveryOutcome(500))
    house.deliver.execute()
    house.clock.advance(SECOND)
    house.retry()
    house.cancel()
    assert house.deliver.execute() == 1
    house.clock.advance(SCHEDULE.waits[0] * 2)
    assert house.deliver.execute() == 0
    failed, canceled = house.receiver.sent
    assert failed.id != canceled.id
    assert [message.prediction.status for message in house.receiver.sent] == ["failed", "canceled"]
    assert [d.state for d in deliveries(house.unit_of_work)] == ["withdrawn", "delivered"]


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


def test_what_is_deleted_before_it_is_sent_is_not_sent() -> None:
    house = House(shares=Forgetful(at_read=True))
    assert house.deliver.execute() == 0
    assert house.receiver.sent == []


def test_what_is_deleted_while_it_is_sent_is_not_missed() -> None:
    sender, forgetful = Meanwhile(), Forgetful()
    sender.happens = forgetful.forget
    assert House(sender=sender, shares=forgetful).deliver.execute() == 1
    assert deliveries(forgetful) == []


def test_the_late_outcome_of_a_superseded_attempt_is_dropped() -> None:
    sender = Meanwhile()
    house = House(sender=sender)
    other = House(DeliveryOutcome(500), shares=house.unit_of_work)

    def overtake() -> None:
        other.clock.advance(SCHEDULE.lease)
        assert other.deliver.execute() == 1

    sender.happens = overtake
    assert house.deliver.execute() == 1
    assert [attempt.outcome for attempt in house.delivery.attempts] == [DeliveryOutcome(), DeliveryOutcome(500)]
    assert house.delivery.is_pending
