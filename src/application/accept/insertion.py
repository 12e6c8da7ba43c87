"""Inserting new predictions so that it is known afterwards whether they are there."""

from collections.abc import Sequence
from contextlib import suppress

from application.ports.database.predictions import PredictionExists
from application.ports.database.unit_of_work import CommitUncertain, TransactionAborted, UnitOfWork
from domain.prediction import Prediction

# Attempts at a transaction that the database aborts. Two that deadlocked once hardly do so again; the connections that
# a restart of the server broke are all replaced after the first one.
_MAX_TRIES = 5


def insert_predictions(unit_of_work: UnitOfWork, predictions: Sequence[Prediction]) -> None:
    """Insert new predictions in one transaction, all or none of them.

    Raises:
        PredictionExists: the uuid or the Idempotency-Key of one of them is there already; none was inserted.
        CommitUncertain: it is unknown whether they were inserted.
        DatabaseUnavailable: none was inserted.
    """
    if not predictions:
        return
    try:
        _insert_repeatedly(unit_of_work, predictions, perhaps_there=False)
    except CommitUncertain as uncertain:
        # The uuids were chosen before they were first sent to the database, so looking for them tells what happened.
        try:
            _insert_repeatedly(unit_of_work, predictions, perhaps_there=True)
        except PredictionExists:
            raise
        except Exception as error:
            raise uncertain from error


def _insert_repeatedly(unit_of_work: UnitOfWork, predictions: Sequence[Prediction], *, perhaps_there: bool) -> None:
    for _ in range(_MAX_TRIES - 1):
        with suppress(TransactionAborted):
            _insert_once(unit_of_work, predictions, perhaps_there)
            return
    _insert_once(unit_of_work, predictions, perhaps_there)


def _insert_once(unit_of_work: UnitOfWork, predictions: Sequence[Prediction], perhaps_there: bool) -> None:
    with unit_of_work.begin() as tx:
        if perhaps_there and tx.predictions.lock([prediction.uuid for prediction in predictions]):
            return
        tx.predictions.add(predictions)
        tx.commit()
