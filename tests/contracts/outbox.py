"""Contract of the outbox."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from uuid import UUID

import pytest

from application.ports.database.unit_of_work import UnitOfWork
from domain.priority import Priority
from tests.contracts.out_of_reach import OutOfReach
from tests.contracts.unit_of_work import MINUTE, keep, look_up
from tests.harness.builders import NOON, a_prediction


class OutboxContract(OutOfReach):
    @pytest.fixture
    @abstractmethod
    def unit_of_work(self) -> UnitOfWork:
        """An empty database."""

    def test_it_gives_what_is_due_and_unpublished_once(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n, due_at=NOON + (4 - n) * MINUTE) for n in (1, 2, 3)))
        keep(unit_of_work, a_prediction(4, published_at=NOON))

        def take(before: int, limit: int = 9) -> list[int]:
            with unit_of_work.begin() as tx:
                jobs = tx.outbox.take_unpublished(NOON + before * MINUTE, limit, NOON + 10 * MINUTE)
                tx.commit()
            return [job.uuid.int for job in jobs]

        assert take(before=0) == []
        assert take(before=2, limit=1) == [3]
        assert take(before=9) == [2, 1]
        assert take(before=9) == []
        assert sorted(take(before=10)) == [1, 2, 3]
        assert look_up(unit_of_work, 1) == a_prediction(1, due_at=NOON + 10 * MINUTE)

    def test_it_tells_how_urgent_a_job_is(self, unit_of_work: UnitOfWork) -> None:
        urgent = a_prediction(priority=Priority(8))
        keep(unit_of_work, urgent)
        with unit_of_work.begin() as tx:
            assert tx.outbox.take_unpublished(NOON, 9, NOON) == [urgent.job]

    def test_it_marks_queued_ones_only(self, unit_of_work: UnitOfWork) -> None:
        started = a_prediction(2)
        started.start(NOON, MINUTE, "squeezenet1_0")
        keep(unit_of_work, a_prediction(1), started)
        with unit_of_work.begin() as tx:
            tx.outbox.mark_published([UUID(int=n) for n in (1, 2, 9)], NOON + MINUTE)
            tx.commit()
        assert look_up(unit_of_work, 1) == a_prediction(1, published_at=NOON + MINUTE)
        assert look_up(unit_of_work, 2) == started

    def test_it_forgets_the_longest_published_first(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n, published_at=NOON + n * MINUTE) for n in (3, 1, 2)))
        with unit_of_work.begin() as tx:
            assert tx.outbox.forget_published(NOON, 9, NOON) == 0
            assert tx.outbox.forget_published(NOON + 9 * MINUTE, 2, NOON + 5 * MINUTE) == 2
            tx.commit()
        assert look_up(unit_of_work, 1) == a_prediction(1, due_at=NOON + 5 * MINUTE)
        assert look_up(unit_of_work, 2) == a_prediction(2, due_at=NOON + 5 * MINUTE)
        assert look_up(unit_of_work, 3) == a_prediction(3, published_at=NOON + 3 * MINUTE)

    def test_an_empty_batch_is_no_work(
        self, unit_of_work: UnitOfWork, out_of_reach: AbstractContextManager[object]
    ) -> None:
        with out_of_reach, unit_of_work.begin() as tx:
            tx.outbox.mark_published([], NOON)
            tx.commit()
