from uuid import UUID

from adapters.memory import MemoryUnitOfWork
from application.look_up.get_prediction import GetPrediction
from application.ports.database.predictions import OwnedUuid
from domain.access.owner import DEFAULT_OWNER
from tests.contracts.unit_of_work import keep
from tests.harness.builders import a_prediction
from tests.unit.application.faulty_database import SlowToSee


def test_only_known_predictions_are_returned() -> None:
    unit_of_work = MemoryUnitOfWork()
    keep(unit_of_work, a_prediction(1), a_prediction(2))
    get = GetPrediction(unit_of_work=unit_of_work)
    assert get.execute([OwnedUuid(DEFAULT_OWNER, UUID(int=number)) for number in (2, 3)]) == [a_prediction(2)]


def test_without_uuids_nothing_is_read() -> None:
    database = SlowToSee()
    assert GetPrediction(unit_of_work=database).execute([]) == []
    assert database.reads == 0
