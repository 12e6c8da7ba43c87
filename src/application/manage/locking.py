"""Changing one prediction that a client named."""

from uuid import UUID

from application.ports.database.predictions import Predictions
from domain.errors import PredictionNotFound
from domain.prediction import Prediction


def lock_one(predictions: Predictions, uuid: UUID) -> Prediction:
    """The prediction with this uuid, which nobody else changes until the transaction ends.

    Raises:
        PredictionNotFound: there is none.
        DatabaseUnavailable: the database cannot be reached.
    """
    for prediction in predictions.lock([uuid]):
        return prediction
    raise PredictionNotFound
