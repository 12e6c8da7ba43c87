"""Result cache that searches the predictions one by one."""

import sys

from application.ports.database.predictions import Selection
from application.ports.database.result_cache import ResultCache
from application.ports.database.unit_of_work import UnitOfWork
from domain.access.owner import Owner
from domain.image import ImageHash
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus


class MemoryResultCache(ResultCache):
    """Searches all predictions of a unit of work."""

    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work
        self._versions: dict[str, str] = {}

    def serve(self, model: str, version: str) -> None:
        self._versions[model] = version

    def find(self, owner: Owner, image: ImageHash, model: str, top_k: int) -> Prediction | None:
        selection = Selection(owner, status=PredictionStatus.SUCCEEDED, model=model)
        with self._unit_of_work.read() as committed:
            succeeded = committed.predictions.newest(selection, None, sys.maxsize)
        version = self._versions.get(model)
        found = (p for p in succeeded if p.image_hash == image and p.model_version == version and p.top_k >= top_k)
        return next(found, None)
