"""What every intake does."""

from abc import abstractmethod
from uuid import UUID

import pytest

from application.ports.database.intake import Intake
from application.ports.database.predictions import IdempotencyKeyTaken
from application.ports.database.unit_of_work import UnitOfWork
from tests.contracts.unit_of_work import look_up
from tests.harness.builders import a_prediction, used_for


class IntakeContract:
    @pytest.fixture
    @abstractmethod
    def intake(self, unit_of_work: UnitOfWork) -> Intake:
        """An intake into the unit of work's database, which is empty."""

    def test_keeps_predictions_whole(self, intake: Intake, unit_of_work: UnitOfWork) -> None:
        assert intake.keep([a_prediction(1)]) == [None]
        assert intake.keep([a_prediction(2, name="cat"), a_prediction(3)]) == [None, None]
        assert [look_up(unit_of_work, n) for n in (1, 2, 3)] == [
            a_prediction(1),
            a_prediction(2, name="cat"),
            a_prediction(3),
        ]

    def test_keeps_many_at_once(self, intake: Intake, unit_of_work: UnitOfWork) -> None:
        assert intake.keep([a_prediction(number) for number in range(10, 210)]) == [None] * 200
        assert [look_up(unit_of_work, n).uuid for n in range(10, 210)] == [UUID(int=n) for n in range(10, 210)]

    def test_one_that_is_there_already_does_no_harm_to_the_others(
        self, intake: Intake, unit_of_work: UnitOfWork
    ) -> None:
        intake.keep([a_prediction(1, name="first")])
        errors = intake.keep([a_prediction(number) for number in (2, 3, 1, 4)])
        assert [type(error) for error in errors] == [type(None), type(None), ValueError, type(None)]
        assert look_up(unit_of_work, 1).name == "first"
        assert [look_up(unit_of_work, n) for n in range(2, 5)] == [a_prediction(n) for n in range(2, 5)]

    def test_of_many_with_the_same_key_one_is_kept_and_the_others_do_no_harm(
        self, intake: Intake, unit_of_work: UnitOfWork
    ) -> None:
        with_key = [a_prediction(number, idempotency=used_for("a dog")) for number in range(1, 6)]
        without = [a_prediction(number) for number in range(6, 21)]
        errors = intake.keep([*without[:7], *with_key, *without[7:]])
        assert errors.count(None) == 16
        assert {type(error) for error in errors if error} == {IdempotencyKeyTaken}
        with unit_of_work.read() as predictions:
            winner = predictions.find(used_for("a dog").key)
        assert winner is not None
        assert winner.uuid.int in range(1, 6)
        assert [look_up(unit_of_work, n) for n in range(6, 21)] == without
