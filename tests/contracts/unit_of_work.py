"""Contract of a unit of work."""

import threading
from abc import abstractmethod
from datetime import timedelta
from uuid import UUID

import pytest

from application.ports.database.unit_of_work import UnitOfWork
from domain.access.owner import DEFAULT_OWNER
from domain.errors import PredictionNotFound
from domain.prediction import Prediction
from tests.harness.builders import NOON, a_prediction

MINUTE = timedelta(minutes=1)


def keep(unit_of_work: UnitOfWork, *predictions: Prediction) -> None:
    with unit_of_work.begin() as tx:
        tx.predictions.add(predictions)
        tx.commit()


def look_up(unit_of_work: UnitOfWork, number: int) -> Prediction:
    with unit_of_work.read() as committed:
        return committed.predictions.get(DEFAULT_OWNER, UUID(int=number))


class UnitOfWorkContract:
    @pytest.fixture
    @abstractmethod
    def unit_of_work(self) -> UnitOfWork:
        """An empty database."""

    def test_without_commit_nothing_stays(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1))
        with unit_of_work.begin() as tx:
            tx.predictions.add([a_prediction(2)])
            [first] = tx.predictions.lock([UUID(int=1)])
            first.start(NOON, MINUTE, "squeezenet1_0")
            tx.predictions.save([first])
        assert look_up(unit_of_work, 1) == a_prediction(1)
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 2)

    def test_an_error_undoes_the_transaction(self, unit_of_work: UnitOfWork) -> None:
        def break_off() -> None:
            with unit_of_work.begin() as tx:
                tx.predictions.add([a_prediction()])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            break_off()
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 1)

    def test_a_transaction_sees_its_own_changes_and_a_reader_only_committed_ones(
        self, unit_of_work: UnitOfWork
    ) -> None:
        with unit_of_work.begin() as tx:
            tx.predictions.add([a_prediction()])
            assert tx.predictions.lock([UUID(int=1)]) == [a_prediction()]
            with pytest.raises(PredictionNotFound):
                look_up(unit_of_work, 1)
            tx.commit()
        assert look_up(unit_of_work, 1) == a_prediction()

    def test_without_commit_nothing_is_deleted(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1))
        with unit_of_work.begin() as tx:
            tx.predictions.delete(UUID(int=1))
            assert look_up(unit_of_work, 1) == a_prediction(1)
        assert look_up(unit_of_work, 1) == a_prediction(1)

    def test_writers_do_not_overwrite_each_other(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction())

        def take_up_ten_times() -> None:
            for _ in range(10):
                with unit_of_work.begin() as tx:
                    locked = tx.predictions.lock([UUID(int=1)])
                    locked[0].start(NOON, MINUTE, "squeezenet1_0")
                    tx.predictions.save(locked)
                    tx.commit()

        threads = [threading.Thread(target=take_up_ten_times) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert look_up(unit_of_work, 1).attempts == 40
