"""What every intake does."""

import threading
from abc import abstractmethod
from uuid import UUID

import pytest

from application.ports.intake import Intake
from application.ports.predictions import IdempotencyKeyTaken
from application.ports.unit_of_work import UnitOfWork
from tests.unit.builders import a_prediction, used_for
from tests.unit.contracts.unit_of_work import look_up


class IntakeContract:
    @pytest.fixture
    @abstractmethod
    def intake(self, unit_of_work: UnitOfWork) -> Intake:
        """An intake into the unit of work's database, which is empty."""

    def test_keeps_a_prediction_whole(self, intake: Intake, unit_of_work: UnitOfWork) -> None:
        intake.keep(a_prediction(1))
        intake.keep(a_prediction(2, name="cat"))
        assert look_up(unit_of_work, 1) == a_prediction(1)
        assert look_up(unit_of_work, 2) == a_prediction(2, name="cat")

    def test_keeps_those_of_many_callers_each_once(self, intake: Intake, unit_of_work: UnitOfWork) -> None:
        def keep_ten(first: int) -> None:
            for number in range(first, first + 10):
                intake.keep(a_prediction(number))
                assert look_up(unit_of_work, number) == a_prediction(number)

        callers = [threading.Thread(target=keep_ten, args=(10 * n,)) for n in range(1, 21)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert [look_up(unit_of_work, n).uuid for n in range(10, 210)] == [UUID(int=n) for n in range(10, 210)]

    def test_one_that_is_there_already_does_no_harm_to_the_others(
        self, intake: Intake, unit_of_work: UnitOfWork
    ) -> None:
        intake.keep(a_prediction(1, name="first"))
        refused: list[int] = []

        def keep(number: int) -> None:
            try:
                intake.keep(a_prediction(number))
            except ValueError:
                refused.append(number)

        callers = [threading.Thread(target=keep, args=(number,)) for number in (1, 2, 3, 4, 1, 5, 6)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert refused == [1, 1]
        assert look_up(unit_of_work, 1).name == "first"
        assert [look_up(unit_of_work, n) for n in range(2, 7)] == [a_prediction(n) for n in range(2, 7)]

    def test_of_many_with_the_same_key_one_is_kept_and_the_others_do_no_harm(
        self, intake: Intake, unit_of_work: UnitOfWork
    ) -> None:
        refused: list[int] = []

        def keep(number: int) -> None:
            try:
                intake.keep(a_prediction(number, idempotency=used_for("a dog") if number <= 5 else None))
            except IdempotencyKeyTaken:
                refused.append(number)

        callers = [threading.Thread(target=keep, args=(number,)) for number in range(1, 21)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        with unit_of_work.read() as predictions:
            winner = predictions.find(used_for("a dog").key)
        assert winner is not None
        assert sorted([*refused, winner.uuid.int]) == [1, 2, 3, 4, 5]
        assert [look_up(unit_of_work, n) for n in range(6, 21)] == [a_prediction(n) for n in range(6, 21)]
