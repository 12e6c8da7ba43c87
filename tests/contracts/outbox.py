"""Contract of the outbox."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from uuid import UUID

import pytest

from application.ports.database.unit_of_work import UnitOfWork
from domain.priority import ORDINARY, Priority
from tests.contracts.out_of_reach import OutOfReach
from tests.contracts.unit_of_work import MINUTE, keep, look_up
from tests.harness.builders import NOON, a_prediction

LATER = NOON + 9 * MINUTE


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

    def test_what_is_published_is_due(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1, due_at=NOON + 2 * MINUTE))
        with unit_of_work.begin() as tx:
            tx.outbox.mark_published([UUID(int=1)], NOON + MINUTE)
            tx.commit()
        at = NOON + MINUTE
        assert look_up(unit_of_work, 1) == a_prediction(1, due_at=at, published_at=at)

    def test_it_forgets_what_was_published_long_ago(self, unit_of_work: UnitOfWork) -> None:
        started = a_prediction(4, published_at=NOON)
        started.start(NOON, MINUTE, "squeezenet1_0")
        keep(unit_of_work, *(a_prediction(n, published_at=NOON + n * MINUTE) for n in (3, 1, 2)), started)
        with unit_of_work.begin() as tx:
            assert tx.outbox.forget_published([ORDINARY], NOON, 9, NOON) == 0
            assert tx.outbox.forget_published([ORDINARY], NOON + 2 * MINUTE, 9, NOON + 5 * MINUTE) == 2
            tx.commit()
        assert look_up(unit_of_work, 1) == a_prediction(1, due_at=NOON + 5 * MINUTE)
        assert look_up(unit_of_work, 2) == a_prediction(2, due_at=NOON + 5 * MINUTE)
        assert look_up(unit_of_work, 3) == a_prediction(3, published_at=NOON + 3 * MINUTE)
        assert look_up(unit_of_work, 4) == started

    def test_it_forgets_the_most_urgent_first_and_the_longest_due_of_these(self, unit_of_work: UnitOfWork) -> None:
        due = {1: 1, 2: 3, 3: 2, 4: 4}
        levels = {1: 7, 2: 8, 3: 8, 4: 8}
        keep(
            unit_of_work,
            *(
                a_prediction(n, priority=Priority(levels[n]), due_at=NOON + due[n] * MINUTE, published_at=LATER)
                for n in due
            ),
        )
        with unit_of_work.begin() as tx:
            assert tx.outbox.forget_published([Priority(8), Priority(7)], LATER, 2, LATER) == 2
            tx.commit()
        assert [n for n in due if look_up(unit_of_work, n).published_at is None] == [2, 3]

    def test_it_forgets_jobs_of_the_given_priorities_only(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n + 1, priority=Priority(n), published_at=NOON) for n in range(10)))
        with unit_of_work.begin() as tx:
            assert tx.outbox.forget_published([Priority(0), Priority(7)], NOON, 9, NOON) == 2
            tx.commit()
        assert [n for n in range(10) if look_up(unit_of_work, n + 1).published_at is None] == [0, 7]

    def test_an_empty_batch_is_no_work(
        self, unit_of_work: UnitOfWork, out_of_reach: AbstractContextManager[object]
    ) -> None:
        with out_of_reach, unit_of_work.begin() as tx:
            tx.outbox.mark_published([], NOON)
            assert tx.outbox.forget_published([], NOON, 9, NOON) == 0
            tx.commit()
