"""The deliveries to webhooks in a dictionary."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime
from uuid import UUID

from application.ports.database.webhooks import Webhooks
from domain.prediction import Prediction
from domain.webhooks.webhook_delivery import WebhookDelivery, delivery_of


class MemoryWebhooks(Webhooks):
    """Deliveries by their ids; what goes in and out is copied, as a database does."""

    def __init__(self, rows: dict[str, WebhookDelivery]) -> None:
        self._rows = rows

    def lock_due(self, before: datetime, limit: int) -> list[WebhookDelivery]:
        due = [(d.due_at, d.id) for d in self._rows.values() if d.due_at is not None and d.due_at <= before]
        return [deepcopy(self._rows[message_id]) for _, message_id in sorted(due)[:limit]]

    def lock(self, message_id: str) -> WebhookDelivery | None:
        return deepcopy(self._rows.get(message_id))

    def save(self, delivery: WebhookDelivery) -> None:
        self._rows[delivery.id] = deepcopy(delivery)

    def add_for(self, predictions: Iterable[Prediction]) -> None:
        """Keep what the webhooks of those that are final have to be told, unless it is kept already."""
        for delivery in map(delivery_of, predictions):
            if delivery:
                self._rows.setdefault(delivery.id, delivery)

    def of(self, uuid: UUID) -> list[WebhookDelivery]:
        """The deliveries to the webhook of a prediction, the oldest first."""
        found = [deepcopy(delivery) for delivery in list(self._rows.values()) if delivery.prediction == uuid]
        return sorted(found, key=lambda delivery: (delivery.created_at, delivery.id))

    def forget(self, uuid: UUID) -> None:
        """The prediction is deleted, and its deliveries go with it."""
        for delivery in self.of(uuid):
            del self._rows[delivery.id]
