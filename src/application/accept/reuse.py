"""The step of giving a new prediction the result of an earlier one, for the use cases that accept pictures."""

from datetime import datetime

from application.ports.database.result_cache import ResultCache
from domain.prediction import Prediction


def reuse_result(results: ResultCache, prediction: Prediction, now: datetime) -> None:
    """End `prediction` at once where its picture was classified before; without a hash of the picture, never.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    if prediction.image_hash is None:
        return
    if earlier := results.find(prediction.image_hash, prediction.model, prediction.top_k):
        prediction.reuse(earlier, now)
