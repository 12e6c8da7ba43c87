"""Inserting predictions, with every fault that a transaction can have."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from uuid import UUID

import pytest

from adapters.memory.database.unit_of_work import MemoryTransaction
from application.accept.insertion import insert_predictions
from application.ports.database.predictions import IdempotencyKeyTaken, PredictionExists
from application.ports.database.unit_of_work import CommitUncertain, TransactionAborted
from domain.errors import DatabaseUnavailable
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import a_prediction, used_for
from tests.unit.application.faulty_database import Fault, FaultyDatabase

NONE, AWAY, ABORTED = Fault.NONE, Fault.AWAY, Fault.ABORTED
BEFORE, AFTER, BROKEN = Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.BROKEN


@pytest.mark.parametrize(
    ("faults", "error", "inserted"),
    [
        ([NONE], None, 2),
        ([AWAY], DatabaseUnavailable, 0),
        ([BROKEN], ZeroDivisionError, 0),
        ([ABORTED] * 4, None, 2),
        ([ABORTED] * 5, TransactionAborted, 0),
        ([BEFORE], None, 2),
        ([AFTER], None, 2),
        ([ABORTED, AFTER], None, 2),
        ([BEFORE, *[ABORTED] * 4], None, 2),
        ([BEFORE, *[ABORTED] * 5], CommitUncertain, 0),
        ([BEFORE, AWAY], CommitUncertain, 0),
        ([AFTER, AWAY], CommitUncertain, 2),
        ([BEFORE, BEFORE], CommitUncertain, 0),
        ([BEFORE, AFTER], CommitUncertain, 2),
        ([BEFORE, BROKEN], CommitUncertain, 0),
    ],
)
def test_all_are_inserted_or_none_and_the_error_says_so(
    faults: list[Fault], error: type[Exception] | None, inserted: int
) -> None:
    database = FaultyDatabase(*faults)
    with nullcontext() if error is None else pytest.raises(error) as raised:
        insert_predictions(database, [a_prediction(1), a_prediction(2)])
    assert len(database) == inserted
    assert database.faults == []
    assert raised is None or type(raised.value) is error


def test_nothing_begins_no_transaction() -> None:
    database = FaultyDatabase()
    insert_predictions(database, [])
    assert database.begun == 0


@pytest.mark.parametrize("faults", [[], [ABORTED]])
def test_one_that_is_there_already_refuses_all(faults: list[Fault]) -> None:
    database = FaultyDatabase()
    keep(database, a_prediction(1), a_prediction(2, idempotency=used_for("a dog")))
    database.faults = faults
    with pytest.raises(PredictionExists):
        insert_predictions(database, [a_prediction(3), a_prediction(1, name="cat")])
    with pytest.raises(IdempotencyKeyTaken):
        insert_predictions(database, [a_prediction(3), a_prediction(4, idempotency=used_for("a dog"))])
    assert len(database) == 2
    assert look_up(database, 1).name == "dog"


class TakenMeanwhile(FaultyDatabase):
    """Another process uses the key after the first transaction."""

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        if self.begun == 1:
            self._rows[UUID(int=9)] = a_prediction(9, idempotency=used_for("a dog"))
        with super().begin() as tx:
            yield tx


def test_a_key_that_is_taken_after_an_uncertain_commit_means_that_it_took_no_effect() -> None:
    database = TakenMeanwhile(BEFORE)
    with pytest.raises(IdempotencyKeyTaken):
        insert_predictions(database, [a_prediction(1, idempotency=used_for("a dog"))])
    assert len(database) == 1
