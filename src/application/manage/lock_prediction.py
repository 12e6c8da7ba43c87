"""Lock the prediction that a client named."""

from uuid import UUID

from application.ports.database.predictions import Predictions
from domain.access.owner import Owner
from domain.errors import PredictionNotFound
from domain.prediction import Prediction


def lock_prediction(predictions: Predictions, owner: Owner, uuid: UUID) -> Prediction:
    """Get the prediction of the owner with this uuid, locked until the transaction ends.

    Raises:
        PredictionNotFound: the owner has none with this uuid.
    """
    for prediction in predictions.lock([uuid]):
        if prediction.owner == owner:
            return prediction
    raise PredictionNotFound
