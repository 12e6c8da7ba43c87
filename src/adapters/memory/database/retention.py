"""Retention over dictionaries."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.database.predictions import MemoryPredictions
from application.ports.database.retention import Due, Retention, RetentionReader
from domain.image import ImageKey
from domain.prediction import Prediction
from domain.prediction_state import ImageState
from domain.webhooks.webhook_delivery import WebhookDelivery

_Rows = dict[UUID, Prediction]
_Deliveries = Mapping[str, WebhookDelivery]


class MemoryRetention(Retention):
    """Retention of a transaction's dictionaries."""

    def __init__(self, rows: _Rows, deliveries: _Deliveries, predictions: MemoryPredictions) -> None:
        self._rows, self._deliveries, self._predictions = rows, deliveries, predictions

    def mark_deleting(self, uuids: Sequence[UUID], due: Due) -> list[ImageKey]:
        marked = [p for p in self._due(uuids, due) if p.image_state is not ImageState.DELETED]
        self._rows.update({p.uuid: replace(p, image_state=ImageState.DELETING) for p in marked})
        return [p.image for p in marked]

    def mark_deleted(self, uuids: Sequence[UUID]) -> int:
        marked = [p for p in self._known(uuids) if p.image_state is ImageState.DELETING]
        self._rows.update({p.uuid: replace(p, image_state=ImageState.DELETED) for p in marked})
        return len(marked)

    def delete(self, uuids: Sequence[UUID], due: Due) -> int:
        deleted = [p.uuid for p in self._due(uuids, due) if not p.image_state.is_kept]
        for uuid in deleted:
            self._predictions.delete(uuid)
        return len(deleted)

    def _due(self, uuids: Sequence[UUID], due: Due) -> list[Prediction]:
        return [p for p in self._known(uuids) if _is_due(p, due, self._deliveries)]

    def _known(self, uuids: Sequence[UUID]) -> list[Prediction]:
        return [self._rows[uuid] for uuid in uuids if uuid in self._rows]


class MemoryRetentionReader(RetentionReader):
    """Retention of the committed dictionaries."""

    def __init__(self, rows: _Rows, deliveries: _Deliveries) -> None:
        self._rows, self._deliveries = rows, deliveries

    def due(self, due: Due, after: UUID | None, limit: int) -> list[tuple[UUID, ImageKey]]:
        rows = sorted(self._rows.copy().values(), key=lambda p: p.uuid)
        found = [p for p in rows if (after is None or p.uuid > after) and _is_due(p, due, self._deliveries)]
        return [(p.uuid, p.image) for p in found[:limit]]

    def wanted(self, keys: Sequence[ImageKey]) -> set[ImageKey]:
        return set(keys) & {p.image for p in list(self._rows.values()) if p.image_state.is_kept}


def _is_due(prediction: Prediction, due: Due, deliveries: _Deliveries) -> bool:
    if prediction.finished_at is None or prediction.finished_at > due.finished_before:
        return False
    if due.webhooks_before is None:
        return prediction.image_state is not ImageState.DELETED
    pending = [d for d in list(deliveries.values()) if d.prediction == prediction.uuid and d.is_pending]
    return all(delivery.created_at <= due.webhooks_before for delivery in pending)
