"""Contract of the outbox."""

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from application.ports.database.outbox import OwnedJob, Turn
from application.ports.database.unit_of_work import UnitOfWork
from domain.access.owner import Owner
from domain.prediction import Prediction
from domain.priority import ORDINARY, Priority
from tests.contracts.out_of_reach import OutOfReach
from tests.contracts.unit_of_work import MINUTE, keep, look_up
from tests.harness.builders import NOON, a_prediction

LATER = NOON + 9 * MINUTE


LEVELS = [Priority(level) for level in range(10)]
EVERYBODY = Turn(LEVELS)
OWNERS = {n: Owner(f"owner-{n}") for n in range(1, 10)}


def owned(owner: int, *numbers: int, level: int = ORDINARY.level, **fields: Any) -> list[Prediction]:
    return [a_prediction(n, owner=OWNERS[owner], priority=Priority(level), **fields) for n in numbers]


def take_unpublished(unit_of_work: UnitOfWork, turn: Turn, before: datetime, limit: int) -> list[OwnedJob]:
    with unit_of_work.begin() as tx:
        jobs = tx.outbox.take_unpublished(turn, before, limit, NOON + 10 * MINUTE)
        tx.commit()
    return jobs


def take(unit_of_work: UnitOfWork, turn: Turn, limit: int) -> list[int]:
    return numbers(take_unpublished(unit_of_work, turn, NOON, limit))


def numbers(jobs: Sequence[OwnedJob]) -> list[int]:
    return [owned.job.uuid.int for owned in jobs]


class OutboxContract(OutOfReach):
    @pytest.fixture
    @abstractmethod
    def unit_of_work(self) -> UnitOfWork:
        """An empty database."""

    def test_it_gives_what_is_due_and_unpublished_once(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n, due_at=NOON + (4 - n) * MINUTE) for n in (1, 2, 3)))
        keep(unit_of_work, a_prediction(4, published_at=NOON))

        def take(before: int, limit: int = 9) -> list[int]:
            return numbers(take_unpublished(unit_of_work, EVERYBODY, NOON + before * MINUTE, limit))

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
            assert tx.outbox.take_unpublished(EVERYBODY, NOON, 9, NOON) == [OwnedJob(urgent.owner, urgent.job)]

    def test_owners_take_turns(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *owned(1, 1, 2, 3, 4, 5), *owned(2, 11), *owned(3, 21, 22, 23))
        assert take(unit_of_work, EVERYBODY, 6) == [1, 11, 21, 2, 22, 3]
        assert take(unit_of_work, Turn(LEVELS, after=OWNERS[1]), 9) == [23, 4, 5]
        assert take(unit_of_work, EVERYBODY, 9) == []

    def test_a_turn_begins_after_the_owner_that_was_served_last(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *owned(1, 1, 2, 3), *owned(2, 11, 12, 13), *owned(3, 21, 22, 23))
        assert take(unit_of_work, Turn(LEVELS, after=OWNERS[1]), 2) == [11, 21]
        assert take(unit_of_work, Turn(LEVELS, after=OWNERS[3]), 2) == [1, 12]
        assert take(unit_of_work, Turn(LEVELS, after=OWNERS[2]), 9) == [22, 2, 13, 23, 3]

    def test_of_each_owner_the_most_urgent_go_first_and_of_these_the_longest_due(
        self, unit_of_work: UnitOfWork
    ) -> None:
        keep(unit_of_work, *owned(1, 1, level=5), *owned(1, 2, level=6), *owned(2, 11, 12, level=4))
        keep(unit_of_work, *owned(1, 3, level=6, due_at=NOON - MINUTE), *owned(1, 4, level=7))
        turn = Turn([Priority(4), Priority(5), Priority(6)])
        assert take(unit_of_work, turn, 2) == [3, 11]
        assert take(unit_of_work, turn, 9) == [2, 12, 1]

    def test_what_another_relay_has_taken_is_left_to_it(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *owned(1, 1, 2), *owned(2, 11))
        assert take(unit_of_work, EVERYBODY, 1) == [1]
        assert take(unit_of_work, EVERYBODY, 9) == [2, 11]

    def test_more_owners_than_places(self, unit_of_work: UnitOfWork) -> None:
        for n in range(1, 10):
            keep(unit_of_work, *owned(n, 10 * n, 10 * n + 1))
        assert take(unit_of_work, Turn(LEVELS, after=OWNERS[7]), 4) == [80, 90, 10, 20]

    def test_it_knows_the_priorities_of_what_is_unpublished_and_due(self, unit_of_work: UnitOfWork) -> None:
        started = a_prediction(4, priority=Priority(1))
        started.start(NOON, MINUTE, "squeezenet1_0")
        published = a_prediction(5, priority=Priority(2), published_at=NOON)
        keep(unit_of_work, *owned(1, 1, level=9), *owned(2, 2, level=9), *owned(2, 3, level=0), started, published)
        keep(unit_of_work, *owned(1, 6, level=7, due_at=NOON + MINUTE))
        with unit_of_work.read() as committed:
            assert set(committed.outbox.priorities(NOON - MINUTE)) == set()
            assert set(committed.outbox.priorities(NOON)) == {Priority(9), Priority(0)}
            assert set(committed.outbox.priorities(NOON + MINUTE)) == {Priority(9), Priority(7), Priority(0)}

    def test_it_counts_what_is_unpublished_and_due(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *owned(1, 1, 2), *owned(2, 3, level=9), *owned(2, 4, due_at=NOON + MINUTE))
        keep(unit_of_work, a_prediction(5, published_at=NOON))
        with unit_of_work.read() as committed:
            assert [committed.outbox.count(NOON + n * MINUTE) for n in (-1, 0, 1)] == [0, 3, 4]

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
