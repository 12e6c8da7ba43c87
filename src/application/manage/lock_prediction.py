"""Lock the prediction that a client named."""

from uuid import UUID

from application.ports.database.predictions import Predictions
from domain.errors import PredictionNotFound
from domain.prediction import Prediction


def lock_prediction(predictions: Predictions, uuid: UUID) -> Prediction:
    """Get the prediction with this uuid, locked until the transaction ends.

    Raises:
        PredictionNotFound: there is no prediction with this uuid.
    """
    for prediction in predictions.lock([uuid]):
        return prediction
    raise PredictionNotFound
