"""Contract of the predictions whose time is over."""

from abc import abstractmethod
from uuid import UUID

import pytest

from application.ports.database.unit_of_work import UnitOfWork
from domain.prediction_state import Failure
from tests.contracts.unit_of_work import MINUTE, keep, look_up
from tests.harness.builders import NOON, a_prediction


class OverduePredictionsContract:
    @pytest.fixture
    @abstractmethod
    def unit_of_work(self) -> UnitOfWork:
        """An empty database."""

    def test_stalled_are_those_whose_lease_is_over_the_longest_overdue_first(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n) for n in range(1, 6)))
        with unit_of_work.begin() as tx:
            some = tx.predictions.lock([UUID(int=n) for n in range(1, 5)])
            for minutes, prediction in zip((3, 1, 2, 9), some, strict=True):
                prediction.start(NOON, minutes * MINUTE, "squeezenet1_0")
            some[3].give_up(Failure("gone", "Gone."), NOON)
            tx.predictions.save(some)
            tx.commit()

        def stalled(before: int, limit: int) -> list[int]:
            with unit_of_work.begin() as tx:
                return [p.uuid.int for p in tx.overdue.lock_stalled(NOON + before * MINUTE, limit)]

        assert stalled(before=0, limit=9) == []
        assert stalled(before=2, limit=9) == [2, 3]
        assert stalled(before=9, limit=9) == [2, 3, 1]
        assert stalled(before=9, limit=1) == [2]

    def test_expired_are_the_queued_ones_whose_time_is_over_the_longest_expired_first(
        self, unit_of_work: UnitOfWork
    ) -> None:
        times = {1: 3, 2: 1, 3: 2, 4: 2, 5: 9}
        keep(unit_of_work, *(a_prediction(n, expires_at=NOON + minutes * MINUTE) for n, minutes in times.items()))
        keep(unit_of_work, a_prediction(6))
        with unit_of_work.begin() as tx:
            [started] = tx.predictions.lock([UUID(int=4)])
            started.start(NOON, MINUTE, "squeezenet1_0")
            tx.predictions.save([started])
            tx.commit()

        def expired(before: int, limit: int) -> list[int]:
            with unit_of_work.begin() as tx:
                return [p.uuid.int for p in tx.overdue.lock_expired(NOON + before * MINUTE, limit)]

        assert expired(before=0, limit=9) == []
        assert expired(before=2, limit=9) == [2, 3]
        assert expired(before=8, limit=9) == [2, 3, 1]
        assert expired(before=8, limit=1) == [2]
        with unit_of_work.begin() as tx:
            gone = tx.overdue.lock_expired(NOON + 2 * MINUTE, 9)
            for prediction in gone:
                prediction.expire(NOON + 2 * MINUTE)
            tx.predictions.save(gone)
            tx.commit()
        assert look_up(unit_of_work, 2) == gone[0]
        assert expired(before=9, limit=9) == [1, 5]
