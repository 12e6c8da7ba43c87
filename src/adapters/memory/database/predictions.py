"""The predictions in a dictionary."""

from collections.abc import Collection, Sequence
from copy import deepcopy
from uuid import UUID

from adapters.memory.database.webhook_deliveries import MemoryWebhookDeliveries
from application.ports.database.predictions import (
    IdempotencyKeyTaken,
    OwnedUuid,
    PredictionExists,
    PredictionReader,
    Predictions,
    Selection,
)
from domain.access.owner import Owner
from domain.errors import PredictionNotFound
from domain.idempotency import IdempotencyKey
from domain.prediction import Prediction

_Rows = dict[UUID, Prediction]


class MemoryPredictions(Predictions):
    """The predictions of one transaction; they are copied on the way in and out, as a database does."""

    def __init__(self, rows: _Rows, webhook_deliveries: MemoryWebhookDeliveries) -> None:
        self._rows = rows
        self._webhook_deliveries = webhook_deliveries

    def add(self, predictions: Sequence[Prediction]) -> None:
        for prediction in predictions:
            if prediction.uuid in self._rows:
                raise PredictionExists("there is a prediction with this uuid already")
            if prediction.idempotency and _find(self._rows, prediction.owner, prediction.idempotency.key):
                raise IdempotencyKeyTaken
            self._rows[prediction.uuid] = deepcopy(prediction)
        self._webhook_deliveries.add_for(predictions)

    def lock(self, uuids: Sequence[UUID]) -> list[Prediction]:
        return _get_many(self._rows, uuids)

    def save(self, predictions: Sequence[Prediction]) -> None:
        for prediction in predictions:
            self._rows[prediction.uuid] = deepcopy(prediction)
        self._webhook_deliveries.add_for(predictions)

    def delete(self, uuid: UUID) -> None:
        self._rows.pop(uuid, None)
        self._webhook_deliveries.delete_of(uuid)


class MemoryPredictionReader(PredictionReader):
    """The committed predictions, copied."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def get(self, owner: Owner, uuid: UUID) -> Prediction:
        for prediction in self.get_many([OwnedUuid(owner, uuid)]):
            return prediction
        raise PredictionNotFound

    def get_of_any_owner(self, uuid: UUID) -> Prediction:
        for prediction in _get_many(self._rows, [uuid]):
            return prediction
        raise PredictionNotFound

    def get_many(self, wanted: Collection[OwnedUuid]) -> list[Prediction]:
        found = _get_many(self._rows, [uuid for _, uuid in wanted])
        return [prediction for prediction in found if OwnedUuid(prediction.owner, prediction.uuid) in wanted]

    def has_any(self) -> bool:
        return bool(self._rows)

    def find(self, owner: Owner, key: IdempotencyKey) -> Prediction | None:
        return deepcopy(_find(self._rows, owner, key))

    def newest(self, selection: Selection, before: UUID | None, limit: int) -> list[Prediction]:
        selected = [
            p
            for p in list(self._rows.values())
            if p.owner == selection.owner
            and selection.status in (None, p.status)
            and selection.model in (None, p.model)
            and (before is None or p.uuid < before)
        ]
        return deepcopy(sorted(selected, key=lambda p: p.uuid, reverse=True)[:limit])


def _find(rows: _Rows, owner: Owner, key: IdempotencyKey) -> Prediction | None:
    own = (p for p in list(rows.values()) if p.owner == owner)
    return next((p for p in own if p.idempotency and p.idempotency.key == key), None)


def _get_many(rows: _Rows, uuids: Sequence[UUID]) -> list[Prediction]:
    return [deepcopy(rows[uuid]) for uuid in dict.fromkeys(uuids) if uuid in rows]
