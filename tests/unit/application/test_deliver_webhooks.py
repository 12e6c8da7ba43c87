import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, LimitedRetry, MemoryUnitOfWork, MemoryWebhookSender
from adapters.memory.database.unit_of_work import MemoryCommittedState
from application.ports.webhook_sender import WebhookMessage, WebhookSender
from application.upkeep.deliver_webhooks import DeliverWebhooks
from application.upkeep.find_due_webhooks import FindDueWebhooks
from application.upkeep.webhook_lanes import WebhookLanes
from domain.prediction import Prediction
from domain.webhooks.lane import LaneRules
from domain.webhooks.webhook_delivery import DeliveryOutcome, RetrySchedule, WebhookDelivery
from tests.contracts.unit_of_work import keep, look_up
from tests.contracts.webhook_deliveries import HOOK, LANE, a_hooked, deliveries, finish, hook_to
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
        self.lanes = WebhookLanes(4)
        self.find = FindDueWebhooks(
            schedule=SCHEDULE, unit_of_work=self.unit_of_work, lanes=self.lanes, clock=self.clock
        )
        self.deliver = DeliverWebhooks(
            schedule=SCHEDULE,
            unit_of_work=self.unit_of_work,
            sender=sender or self.receiver,
            lanes=self.lanes,
            clock=self.clock,
            retry=LimitedRetry(),
        )
        if shares is None:
            keep(self.unit_of_work, a_hooked(1))
            finish(self.unit_of_work, 1)

    def send_due(self) -> int:
        """Look for what is due, and send it."""
        self.find.execute()
        return self.deliver.execute()

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
    assert world.send_due() == 1
    assert world.receiver.sent == [
        WebhookMessage(world.delivery.id, NOON, HOOK.url, look_up(world.unit_of_work, 1)),
    ]
    assert world.delivery.state == "delivered"
    world.clock.advance(timedelta(days=9))
    assert world.send_due() == 0


def test_a_failed_delivery_is_repeated_with_the_same_id() -> None:
    world = World(DeliveryOutcome(500), DeliveryOutcome(302), DeliveryOutcome(error="timed_out"))
    sent_at = []
    for _ in range(4):
        assert world.send_due() == 1
        sent_at.append(world.clock.now())
        world.clock.advance((world.delivery.due_at or NOON) - world.clock.now())
        if world.delivery.due_at:
            world.clock.advance(-SECOND)
            assert world.send_due() == 0
            world.clock.advance(SECOND)
    assert [message.id for message in world.receiver.sent] == [world.delivery.id] * 4
    assert [message.sent_at for message in world.receiver.sent] == sent_at
    assert [attempt.outcome.status for attempt in world.delivery.attempts] == [500, 302, None, 204]
    assert world.delivery.state == "delivered"


def test_after_the_last_attempt_the_delivery_is_given_up() -> None:
    world = World(*[DeliveryOutcome(500)] * 9)
    for _ in range(9):
        world.send_due()
        world.clock.advance(timedelta(hours=1))
    assert len(world.receiver.sent) == 4
    assert world.delivery.state == "failed"


def test_status_410_ends_the_delivery() -> None:
    world = World(DeliveryOutcome(410))
    world.send_due()
    world.clock.advance(timedelta(days=1))
    assert world.send_due() == 0
    assert world.delivery.state == "disabled"


def test_many_are_sent_one_after_the_other() -> None:
    world = World()
    keep(world.unit_of_work, *(a_hooked(n) for n in range(2, 30)))
    finish(world.unit_of_work, *range(2, 30))
    assert world.send_due() == 29
    assert len({message.id for message in world.receiver.sent}) == 29


class DyingSender(WebhookSender):
    """The process ends while it sends."""

    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        raise SystemExit


def test_when_a_sender_dies_another_resumes_after_its_lease() -> None:
    world = World(sender=DyingSender())
    with pytest.raises(SystemExit):
        world.send_due()
    survivor = World(shares=world.unit_of_work)

    assert survivor.send_due() == 0
    survivor.clock.advance(SCHEDULE.lease)
    assert survivor.send_due() == 1

    first, second = world.delivery.attempts
    assert (first.finished_at, second.outcome) == (None, DeliveryOutcome(204))
    assert survivor.receiver.sent[0].id == world.delivery.id


def test_attempts_of_dying_senders_are_limited() -> None:
    world = World(sender=DyingSender())
    for _ in range(9):
        with suppress(SystemExit):
            world.send_due()
        world.clock.advance(SCHEDULE.lease)
    assert (world.delivery.state, len(world.delivery.attempts)) == ("failed", 4)


def test_an_outdated_state_is_not_sent() -> None:
    world = World()
    world.retry()
    assert world.send_due() == 0
    assert world.receiver.sent == []
    assert world.delivery.state == "withdrawn"


def test_every_final_state_has_a_message_of_its_own() -> None:
    world = World(DeliveryOutcome(500))
    world.send_due()
    world.clock.advance(SECOND)
    world.retry()
    world.cancel()
    assert world.send_due() == 1
    world.clock.advance(SCHEDULE.waits[0] * 2)
    assert world.send_due() == 0
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
    world.lanes.add([LANE])
    assert world.deliver.execute() == 0
    assert world.receiver.sent == []


def test_a_prediction_may_be_deleted_while_it_is_sent() -> None:
    sender, forgetful = Meanwhile(), Forgetful()
    sender.happens = forgetful.forget
    assert World(sender=sender, shares=forgetful).send_due() == 1
    assert deliveries(forgetful) == []


def test_the_late_outcome_of_a_superseded_attempt_is_dropped() -> None:
    sender = Meanwhile()
    world = World(sender=sender)
    other = World(DeliveryOutcome(500), shares=world.unit_of_work)

    def overtake() -> None:
        other.clock.advance(SCHEDULE.lease)
        assert other.send_due() == 1

    sender.happens = overtake
    assert world.send_due() == 1
    assert [attempt.outcome for attempt in world.delivery.attempts] == [DeliveryOutcome(), DeliveryOutcome(500)]
    assert world.delivery.is_pending


class NeverAnswering(WebhookSender):
    """A receiver that takes the time of every attempt, and another one that is good."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.released = threading.Event()

    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        self.sent.append(message.url.host)
        if message.url.host == "dead":
            self.released.wait(60)
            return DeliveryOutcome(error="timed_out")
        return DeliveryOutcome(204)


def test_a_receiver_that_does_not_answer_holds_up_nobody_else() -> None:
    sender = NeverAnswering()
    world = World(sender=sender)
    dead = range(2, 100)
    keep(world.unit_of_work, *(a_hooked(n, hook_to("dead")) for n in dead))
    finish(world.unit_of_work, *dead)
    world.find.execute()
    with ThreadPoolExecutor(4) as threads:
        senders = [threads.submit(world.deliver.execute) for _ in range(4)]
        try:
            wait_until(lambda: world.delivery.state == "delivered")
            wait_until(lambda: sender.sent.count("dead") == 2)
        finally:
            sender.released.set()
    attempts = sum(future.result() for future in senders) - 1
    assert LaneRules().failures <= attempts < LaneRules().failures + LaneRules().unproven_at_once


def test_a_lane_that_is_paused_costs_no_attempt_and_goes_on_with_one() -> None:
    world = World(*[DeliveryOutcome(500)] * 6)
    keep(world.unit_of_work, *(a_hooked(n) for n in range(2, 30)))
    finish(world.unit_of_work, *range(2, 30))
    assert world.send_due() == 5
    assert world.send_due() == 0
    world.clock.advance(LaneRules().first_pause)
    assert world.send_due() == 1
    world.clock.advance(2 * LaneRules().first_pause)
    assert world.send_due() == 29
    attempts = [len(deliveries(world.unit_of_work, n)[0].attempts) for n in range(1, 30)]
    assert sum(attempts) == 35


def wait_until(happens: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if happens():
            return
        pause.wait(0.01)
    raise AssertionError


def test_nothing_more_is_sent_after_the_end() -> None:
    world = World()
    world.lanes.close()
    assert world.send_due() == 0
    world.deliver.wait(60)
