"""The deliveries to webhooks in a dictionary."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime
from uuid import UUID

from application.ports.database.webhook_deliveries import WebhookDeliveries, WebhookDeliveryReader
from domain.prediction import Prediction
from domain.webhooks.webhook_delivery import WebhookDelivery, delivery_of

_Rows = dict[str, WebhookDelivery]


class MemoryWebhookDeliveries(WebhookDeliveries):
    """Deliveries by their ids; they are copied on the way in and out, as a database does."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def lock_due(self, before: datetime, limit: int, lane: str) -> list[WebhookDelivery]:
        due = [(d.due_at, d.id) for d in _due(self._rows, before) if d.lane == lane]
        return [deepcopy(self._rows[message_id]) for _, message_id in sorted(due)[:limit]]

    def lock(self, message_id: str) -> WebhookDelivery | None:
        return deepcopy(self._rows.get(message_id))

    def save(self, delivery: WebhookDelivery) -> None:
        self._rows[delivery.id] = deepcopy(delivery)

    def add_for(self, predictions: Iterable[Prediction]) -> None:
        """Insert the deliveries of the predictions that are final, unless they are there already."""
        for delivery in map(delivery_of, predictions):
            if delivery:
                self._rows.setdefault(delivery.id, delivery)

    def delete_of(self, uuid: UUID) -> None:
        """Delete the deliveries of a prediction that is deleted."""
        for delivery in _of(self._rows, uuid):
            del self._rows[delivery.id]


class MemoryWebhookDeliveryReader(WebhookDeliveryReader):
    """The committed deliveries, copied."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def of(self, uuid: UUID) -> list[WebhookDelivery]:
        return sorted(deepcopy(_of(self._rows, uuid)), key=lambda delivery: (delivery.created_at, delivery.id))

    def due_lanes(self, before: datetime, after: str, limit: int) -> list[str]:
        return sorted({d.lane for d in _due(self._rows, before) if d.lane > after})[:limit]


def _due(rows: _Rows, before: datetime) -> list[WebhookDelivery]:
    return [d for d in list(rows.values()) if d.due_at is not None and d.due_at <= before]


def _of(rows: _Rows, uuid: UUID) -> list[WebhookDelivery]:
    return [delivery for delivery in list(rows.values()) if delivery.prediction == uuid]
