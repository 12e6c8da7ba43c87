from uuid import UUID

import pytest

from adapters.memory import MemoryUnitOfWork
from application.look_up.get_webhook_deliveries import GetWebhookDeliveries
from domain.access.owner import DEFAULT_OWNER
from domain.errors import PredictionNotFound
from tests.contracts.unit_of_work import keep
from tests.contracts.webhook_deliveries import a_hooked, deliveries, finish


def test_the_deliveries_are_those_of_the_prediction() -> None:
    unit_of_work = MemoryUnitOfWork()
    keep(unit_of_work, a_hooked(1), a_hooked(2))
    get = GetWebhookDeliveries(unit_of_work=unit_of_work)
    assert get.execute(DEFAULT_OWNER, UUID(int=1)) == []
    finish(unit_of_work, 1)
    assert get.execute(DEFAULT_OWNER, UUID(int=1)) == deliveries(unit_of_work, 1)
    assert get.execute(DEFAULT_OWNER, UUID(int=2)) == []


def test_an_unknown_prediction_is_not_found() -> None:
    with pytest.raises(PredictionNotFound):
        GetWebhookDeliveries(unit_of_work=MemoryUnitOfWork()).execute(DEFAULT_OWNER, UUID(int=1))
