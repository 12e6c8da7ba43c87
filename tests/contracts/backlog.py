"""Contract of the count of what waits."""

from abc import abstractmethod

import pytest

from application.ports.database.backlog import BacklogReader
from application.ports.database.unit_of_work import UnitOfWork
from domain.access.owner import Owner
from tests.contracts.unit_of_work import MINUTE, keep
from tests.harness.builders import NOON, a_prediction

SHOP, MUSEUM = Owner("shop"), Owner("museum")


class BacklogReaderContract:
    @pytest.fixture
    @abstractmethod
    def backlog(self, unit_of_work: UnitOfWork) -> BacklogReader:
        """A reader of the unit of work's database, which is empty."""

    def test_only_what_is_queued_is_counted(self, backlog: BacklogReader, unit_of_work: UnitOfWork) -> None:
        assert backlog.waiting() == {}
        started, canceled = a_prediction(1, owner=SHOP), a_prediction(2, owner=Owner("nobody"))
        started.start(NOON, MINUTE, started.model)
        canceled.cancel(NOON)
        keep(unit_of_work, started, canceled)
        keep(unit_of_work, *(a_prediction(n, owner=SHOP if n < 6 else MUSEUM) for n in range(3, 8)))
        assert backlog.waiting() == {SHOP: 3, MUSEUM: 2}
