import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.lifecycle.backoff import BackoffRetry
from adapters.memory import FixedClock, MemoryCompletionFeed, MemoryUnitOfWork, MemoryWebhookSender
from adapters.memory.database.unit_of_work import MemoryTransaction
from adapters.runners.webhook_dispatcher import CombinedAnnouncer, WebhookDispatcher, WebhookWork
from application.upkeep.deliver_webhooks import DeliverWebhooks
from application.upkeep.find_due_webhooks import FindDueWebhooks
from application.upkeep.webhook_lanes import WebhookLanes
from domain.errors import DatabaseUnavailable
from domain.prediction_state import StateChange
from domain.webhooks.webhook_delivery import RetrySchedule
from tests.contracts.unit_of_work import keep, look_up
from tests.contracts.webhook_deliveries import a_hooked, deliveries, finish
from tests.harness.builders import NOON


class Troubled(MemoryUnitOfWork):
    """Fails in two ways before it works."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Exception] = []

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        if self.troubles:
            raise self.troubles.pop()
        with super().begin() as tx:
            yield tx


def couriers(
    unit_of_work: MemoryUnitOfWork, *, sends: bool = True, pause: float = 0.01, lanes: WebhookLanes | None = None
) -> WebhookDispatcher:
    stopping, lanes, clock = threading.Event(), lanes or WebhookLanes(4), FixedClock(NOON)
    retry = BackoffRetry(stopping, first=0.001)
    find = FindDueWebhooks(schedule=RetrySchedule(), unit_of_work=unit_of_work, lanes=lanes, clock=clock)
    deliver = DeliverWebhooks(
        schedule=RetrySchedule(),
        unit_of_work=unit_of_work,
        sender=MemoryWebhookSender(),
        lanes=lanes,
        clock=clock,
        retry=retry,
    )
    return WebhookDispatcher(lambda: WebhookWork(find, deliver), 4 if sends else 0, retry, stopping, pause)


def all_delivered(unit_of_work: MemoryUnitOfWork) -> bool:
    """True if the webhooks of predictions 1 to 9 are delivered within seconds."""
    pause = threading.Event()
    for _ in range(2000):
        if [d.state for n in range(1, 10) for d in deliveries(unit_of_work, n)] == ["delivered"] * 9:
            return True
        pause.wait(0.01)
    return False


def due(unit_of_work: MemoryUnitOfWork) -> None:
    keep(unit_of_work, *(a_hooked(n) for n in range(1, 10)))
    finish(unit_of_work, *range(1, 10))


def test_what_is_due_is_sent_whatever_happens(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    unit_of_work = Troubled()
    due(unit_of_work)
    unit_of_work.troubles = [ArithmeticError(), DatabaseUnavailable()]
    working = couriers(unit_of_work)
    working.start()
    assert all_delivered(unit_of_work)
    working.stop()
    assert "webhooks were sent" in caplog.messages
    assert "a background thread failed and is tried again" in caplog.messages


def test_what_cannot_be_signed_waits() -> None:
    unit_of_work = MemoryUnitOfWork()
    due(unit_of_work)
    idle = couriers(unit_of_work, sends=False)
    idle.start()
    idle.stop()
    assert deliveries(unit_of_work)[0].is_pending


@pytest.mark.parametrize("sends", [True, False])
def test_a_process_that_sends_nothing_remembers_nothing(sends: bool) -> None:
    unit_of_work, lanes = MemoryUnitOfWork(), WebhookLanes(4)
    due(unit_of_work)
    idle = couriers(unit_of_work, sends=sends, lanes=lanes)
    if not sends:
        idle.start()
    idle.announce([look_up(unit_of_work, 1)])
    idle.stop()
    assert lanes.enter(NOON) is None


def test_news_is_not_waited_for() -> None:
    unit_of_work, feed = MemoryUnitOfWork(), MemoryCompletionFeed()
    heard: list[StateChange] = []
    feed.listen(heard.extend)
    working = couriers(unit_of_work, pause=3600)
    announcers = CombinedAnnouncer(feed, working)
    keep(unit_of_work, *(a_hooked(n) for n in range(1, 10)))
    working.start()
    finish(unit_of_work, *range(1, 10))

    final = [look_up(unit_of_work, n) for n in range(1, 10)]
    announcers.announce(final)

    assert all_delivered(unit_of_work)
    assert [change.uuid for change in heard] == [prediction.uuid for prediction in final]
    working.stop()
