import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.backoff import BackoffRetry
from adapters.memory import FixedClock, MemoryUnitOfWork, MemoryWebhookSender
from adapters.memory.unit_of_work import MemoryTransaction
from application.deliver_webhooks import DeliverWebhooks
from domain.errors import DatabaseUnavailable
from domain.webhook_delivery import RetrySchedule
from entrypoints.couriers import Couriers
from tests.unit.builders import NOON
from tests.unit.contracts.unit_of_work import keep
from tests.unit.contracts.webhooks import a_hooked, deliveries, finish


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


def couriers(unit_of_work: MemoryUnitOfWork, *, sends: bool = True) -> Couriers:
    stopping = threading.Event()
    retry = BackoffRetry(stopping, first=0.001)
    deliver = DeliverWebhooks(
        schedule=RetrySchedule(),
        unit_of_work=unit_of_work,
        sender=MemoryWebhookSender(),
        clock=FixedClock(NOON),
        retry=retry,
    )
    return Couriers(deliver=deliver, sends=sends, retry=retry, stopping=stopping)


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
    pause = threading.Event()
    for _ in range(1000):
        if all(deliveries(unit_of_work, n)[0].state == "delivered" for n in range(1, 10)):
            break
        pause.wait(0.01)
    working.stop()
    assert {deliveries(unit_of_work, n)[0].state for n in range(1, 10)} == {"delivered"}
    assert "webhooks were sent" in caplog.messages
    assert "a webhook could not be sent" in caplog.messages


def test_what_cannot_be_signed_waits() -> None:
    unit_of_work = MemoryUnitOfWork()
    due(unit_of_work)
    idle = couriers(unit_of_work, sends=False)
    idle.start()
    idle.stop()
    assert deliveries(unit_of_work)[0].is_pending
