"""Keeping new predictions after nobody knows whether they were kept."""

from collections.abc import Sequence

from application.ports.database.unit_of_work import UnitOfWork
from domain.prediction import Prediction


def insert_unless_there(unit_of_work: UnitOfWork, predictions: Sequence[Prediction]) -> None:
    """Keep new predictions in one transaction, unless they were kept before: all were, or none.

    Their uuids were chosen before they were first sent to the database, so looking for them tells what happened.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    with unit_of_work.begin() as tx:
        if not tx.predictions.lock([prediction.uuid for prediction in predictions]):
            for prediction in predictions:
                tx.predictions.add(prediction)
            tx.commit()
